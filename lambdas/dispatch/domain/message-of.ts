import type { NoticeMessage } from '../../contracts/notice-message.ts';
import type { Notice } from './ledger.ts';

/** The message that asks for a notice, as the notice stands. */
export const messageOf = ({
  noticeId,
  month,
  bucket,
  reopened,
}: Pick<Notice, 'noticeId' | 'month' | 'bucket' | 'reopened'>): NoticeMessage => ({
  version: 1,
  noticeId,
  month,
  bucket,
  ...(reopened === undefined ? {} : { reopened }),
});
