import { createWriteStream, type WriteStream } from 'node:fs';
import type { Channel, SendClass } from './provider-rates.ts';

/** A send that reached a provider, and what became of it. */
export interface InboxMessage {
  readonly channel: Channel;
  readonly noticeId: string;
  readonly attempt: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** The instant of the runtime's clock, ISO-8601 UTC. */
  readonly at: string;
  readonly outcome: SendClass;
  /** Given to what was accepted. */
  readonly messageId: string | undefined;
}

export interface InboxOptions {
  /** How many messages stay in memory; the first ones. */
  readonly capacity?: number;
  /** Gets every message as a JSON line. */
  readonly file?: string | undefined;
  /** Is told when the file cannot be written. */
  readonly onProblem?: (problem: Error) => void;
}

/** What the simulated providers got: the first messages whole, and counts of all. */
export class Inbox {
  readonly #kept: InboxMessage[] = [];
  readonly #capacity: number;
  readonly #file: WriteStream | undefined;
  readonly #accepted: Record<Channel, Map<string, number>> = { email: new Map(), sms: new Map() };
  readonly #outcomes = new Map<string, number>();

  constructor({ capacity = 10_000, file, onProblem = () => undefined }: InboxOptions = {}) {
    this.#capacity = capacity;
    if (file === undefined) return;
    this.#file = createWriteStream(file);
    this.#file.on('error', (cause) => {
      onProblem(new Error(`the inbox cannot be written to ${file}: ${cause.message}`, { cause }));
    });
  }

  add(message: InboxMessage): void {
    if (this.#kept.length < this.#capacity) this.#kept.push(message);
    this.#file?.write(`${JSON.stringify(message)}\n`);
    const key = `${message.channel} ${message.outcome}`;
    this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) + 1);
    if (message.messageId === undefined) return;
    const accepted = this.#accepted[message.channel];
    accepted.set(message.noticeId, (accepted.get(message.noticeId) ?? 0) + 1);
  }

  /** The kept messages, in the order of their arrival. */
  messages(channel?: Channel): readonly InboxMessage[] {
    return channel === undefined ? this.#kept : this.#kept.filter((message) => message.channel === channel);
  }

  /** How often each notice was accepted on a channel, whether or not the sender learned of it. */
  accepted(channel: Channel): ReadonlyMap<string, number> {
    return this.#accepted[channel];
  }

  /** How many sends of a channel ended so. */
  count(channel: Channel, outcome: SendClass): number {
    return this.#outcomes.get(`${channel} ${outcome}`) ?? 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file && !file.destroyed) await new Promise<void>((resolve) => file.end(resolve));
  }
}
