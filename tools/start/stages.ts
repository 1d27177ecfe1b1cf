/** What the stages of a running month are at, from what the runtime tells. Pure but for the clock it is given. */
import type { InboxMessage } from '../local/inbox.ts';
import type { Runtime } from '../local/runtime.ts';
import type { Progress } from '../local/states/progress.ts';

/** The maps that a person follows, in their order. */
export const MAPS = ['SettleShards', 'VerifyShards', 'PlanShards', 'VerifyPlan', 'ReleaseShards'] as const;
export type MapName = (typeof MAPS)[number];

/** A state of a machine: when it began and ended, real milliseconds since the month's start. */
export interface Span {
  readonly name: string;
  readonly from: number;
  to: number | null;
}

export class Stages {
  readonly spans: Span[] = [];
  readonly #counts = new Map<string, { done: number; failed: number; total: number }>();
  readonly #sends = new Map<string, number>();
  readonly #started = performance.now();

  /** Listens until the runtime stops; or, earlier, until what it answers with is called. */
  follow({ events }: Pick<Runtime, 'events'>): () => void {
    const onProgress = (progress: Progress): void => {
      this.#progress(progress);
    };
    const onSend = ({ channel, outcome }: Pick<InboxMessage, 'channel' | 'outcome'>): void => {
      const key = `${channel} ${outcome}`;
      this.#sends.set(key, (this.#sends.get(key) ?? 0) + 1);
    };
    events.on('progress', onProgress).on('send', onSend);
    return () => events.off('progress', onProgress).off('send', onSend);
  }

  /** Real milliseconds since the stages began. */
  now(): number {
    return performance.now() - this.#started;
  }

  /** Begins a stage of our own; the function ends it. */
  begin(name: string): () => void {
    const span: Span = { name, from: this.now(), to: null };
    this.spans.push(span);
    return () => {
      span.to = this.now();
    };
  }

  /** `3 of 4 shards`, or nothing while the map has not begun. */
  shards(map: MapName): string {
    const counts = this.#counts.get(map);
    if (!counts) return '';
    return `${counts.done} of ${counts.total} shards${counts.failed > 0 ? `, ${counts.failed} failed` : ''}`;
  }

  sends(channel: 'email' | 'sms', outcome: string): number {
    return this.#sends.get(`${channel} ${outcome}`) ?? 0;
  }

  /** Seconds that these stages took together, the first time each. */
  seconds(...names: readonly string[]): number {
    const firsts = names.flatMap((name) => this.spans.find((span) => span.name === name) ?? []);
    const ms = firsts.reduce((sum, { from, to }) => sum + (to ?? this.now()) - from, 0);
    return Math.round(ms) / 1000;
  }

  #progress(progress: Progress): void {
    if (progress.kind === 'execution') return;
    if (progress.kind === 'item') {
      const { succeeded, failed, timedOut, aborted, total } = progress.counts;
      this.#counts.set(progress.state, { done: succeeded, failed: failed + timedOut + aborted, total });
      return;
    }
    if (!MAPS.some((name) => name === progress.state)) return;
    if (progress.phase === 'entered') this.spans.push({ name: progress.state, from: this.now(), to: null });
    else if (progress.phase === 'succeeded' || progress.phase === 'failed') {
      const open = this.spans.findLast(({ name, to }) => name === progress.state && to === null);
      if (open) open.to = this.now();
    }
  }
}
