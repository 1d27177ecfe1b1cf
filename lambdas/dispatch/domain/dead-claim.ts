/** A claim whose worker died before it wrote an answer: it may have sent, so its attempt is kept (dispatch rules §4). Pure. */
import type { Instant } from '../../kernel/dates.ts';
import type { Attempt, Notice, NoticeChange } from './ledger.ts';

const WORKER_DIED = 'worker-died';

/**
 * What is written of a dead worker's claim, whoever finds it: an attempt without an answer, under the lease that it was
 * sent under, by which a provider's event still finds it.
 */
export const deadClaim = (stored: Notice, now: Instant): NoticeChange & { readonly attempts: readonly Attempt[] } => {
  const { channel, used: number, leaseToken: lease } = stored;
  const attempt = { channel, number, at: now, class: 'UNKNOWN', reason: WORKER_DIED } as const;
  return {
    attempts: [...stored.attempts, { ...attempt, ...(lease === null ? {} : { lease }) }],
    leaseToken: null,
    leaseUntil: null,
  };
};

/** Its worker came to an end with it, or the provider told of it: it says something of the notice. */
export const isFinished = ({ reason, became }: Attempt): boolean => reason !== WORKER_DIED || became !== undefined;
