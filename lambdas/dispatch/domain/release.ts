/** Which notices of a due shard go to their queues now (dispatch rules §5). Pure. */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';
import { isHeldByPerson } from './by-person.ts';
import { overdueAt, type Standing } from './overdue.ts';
import type { Notice, NoticeOutline } from './ledger.ts';
import { CHANNELS, type Channel } from './policy.ts';
import { SLOT_SECONDS, slotOf } from './slots.ts';

type Waiting = Pick<Notice, 'state' | 'reason'>;

const isWaiting = (notice: Waiting): boolean =>
  notice.state === 'PLANNED' || (notice.state === 'HELD' && !isHeldByPerson(notice));

/** What a release of a marker hands to the queues: what is due up to an instant, and was not due at an earlier release of it. */
export interface ReleaseWindow {
  readonly after: Instant | null;
  readonly until: Instant;
}

/** Notices that the releases of a slot may hand to a queue, less what it has: a fifth more than the rate sends, so that it never runs dry. */
export const releaseCap = (rate: number): number => Math.floor((rate * SLOT_SECONDS * 12) / 10);

/** Where a release of a channel's notices stopped: what was due `at` that instant has been queued up to this notice. */
export interface Cursor {
  readonly at: Instant;
  readonly bucket: number;
  readonly noticeId: string;
}

/** True for a notice that lies behind the cursor: it is still to be looked at. */
export const isBehindCursor = (notice: Pick<Notice, 'bucket' | 'noticeId'>, cursor: Cursor | null): boolean =>
  cursor === null ||
  notice.bucket > cursor.bucket ||
  (notice.bucket === cursor.bucket && notice.noticeId > cursor.noticeId);

/** A notice that a release hands to its queue: it waits, or its message is lost. */
export const isDue = (notice: Standing, { after, until }: ReleaseWindow): boolean => {
  const at = isWaiting(notice) ? notice.dueAt : overdueAt(notice);
  return at !== null && at <= until && (after === null || at > after);
};

/** A notice of the marker's slot whose minute has not come: the marker must stay for it. */
export const isStillToCome = (notice: Waiting & Pick<Notice, 'dueAt'>, slot: Instant, until: Instant): boolean =>
  isWaiting(notice) && notice.dueAt > until && slotOf(notice.dueAt) <= slot;

/**
 * The slot whose marker brings a notice back: the one it is due in, but never one that is over, since the markers of
 * old slots are cleared away.
 */
export const markerSlot = (dueAt: Instant, now: Instant): Instant =>
  slotOf(instantOf(Math.max(epochMs(dueAt), epochMs(now))));

/** How far a marker's releases have come, by channel, and a release of it that goes on from there. */
type Cursors = Readonly<Partial<Record<Channel, Cursor>>>;
type Untils = Readonly<Partial<Record<Channel, Instant>>>;

interface ChannelRelease {
  readonly channel: Channel;
  readonly window: ReleaseWindow;
  cursor: Cursor | null;
  /** It may send no more now. */
  isStopped: boolean;
}

/**
 * One release of a marker: it looks at the shard's notices in their order, each channel from its own cursor on and up to
 * its own instant, and each stops on its own when it may send no more. What a cut release skipped is looked at again by
 * the next one, so a release that was taken up is never the last.
 */
export function startRelease(
  before: { cursor: Cursors; releasedUntil: Untils },
  open: readonly Channel[],
  now: Instant,
) {
  const channels = CHANNELS.map((channel): ChannelRelease => {
    const cursor = before.cursor[channel] ?? null;
    const window = { after: before.releasedUntil[channel] ?? null, until: cursor?.at ?? now };
    return { channel, window, cursor, isStopped: !open.includes(channel) };
  });
  const isTakenUp = Object.keys(before.cursor).length > 0;
  let [released, stillToCome] = [0, 0];
  const active = (): ChannelRelease[] => channels.filter(({ isStopped }) => !isStopped);
  const cursors = (of: readonly ChannelRelease[]): Cursors =>
    Object.fromEntries(of.flatMap(({ channel, cursor }) => (cursor ? [[channel, cursor]] : [])));
  return {
    /** Whether a channel that may send still has to look at the bucket. */
    needs: (bucket: number): boolean => active().some(({ cursor }) => cursor === null || cursor.bucket <= bucket),
    /** The notice of the bucket behind which there is something to look at. */
    after: (bucket: number): string | undefined => {
      const ids = active().map(({ cursor }) => (cursor?.bucket === bucket ? cursor.noticeId : ''));
      return ids.sort()[0] || undefined;
    },
    /** The notices of a page that each channel is to send, in their order. */
    due: (page: readonly NoticeOutline[]): { channel: Channel; notices: NoticeOutline[] }[] =>
      active().map(({ channel, cursor, window }) => ({
        channel,
        notices: page.filter(
          (notice) => notice.channel === channel && isBehindCursor(notice, cursor) && isDue(notice, window),
        ),
      })),
    /** Notes that the channel could send so many of the page's notices. */
    sent: (channel: Channel, notices: readonly NoticeOutline[], taken: number): void => {
      released += taken;
      if (taken === notices.length) return;
      for (const each of channels.filter((candidate) => candidate.channel === channel)) {
        const last = notices[taken - 1];
        if (last) each.cursor = { at: each.window.until, bucket: last.bucket, noticeId: last.noticeId };
        each.isStopped = true;
      }
    },
    /** Notes that the page is done with, by every channel that did not stop in it. */
    seen: (page: readonly NoticeOutline[], slot: Instant): void => {
      const last = page.at(-1);
      for (const each of active()) {
        const { until } = each.window;
        stillToCome += page.filter(
          (notice) => notice.channel === each.channel && isStillToCome(notice, slot, until),
        ).length;
        if (last && isBehindCursor(last, each.cursor)) {
          each.cursor = { at: until, bucket: last.bucket, noticeId: last.noticeId };
        }
      }
    },
    isStopped: (): boolean => active().length === 0,
    progress: (): { cursor: Cursors } => ({ cursor: cursors(channels) }),
    /** Whether nothing of the marker is left to release. */
    isOver: (): boolean => stillToCome === 0 && !isTakenUp && active().length === channels.length,
    /** What the marker keeps when it is given back: a channel that came through is done with up to its instant. */
    ended: (): { cursor: Cursors; releasedUntil: Untils } => ({
      cursor: cursors(channels.filter(({ isStopped }) => isStopped)),
      releasedUntil: Object.fromEntries(
        channels.flatMap(({ channel, window, isStopped }) => {
          const until = isStopped ? window.after : window.until;
          return until === null ? [] : [[channel, until]];
        }),
      ),
    }),
    released: (): number => released,
  };
}
