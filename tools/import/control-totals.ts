/** What an import adds up to, to be held against what its sender says it sent. */
import { createHash, type Hash } from 'node:crypto';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isAmount, isMembers, type Members } from '../../lambdas/settlement/domain/form.ts';

/** Sums are decimal texts: exact beyond 2^53. Only what is an integer from 0 to 10^12 is added; the rest is rejected when billed. */
export interface ControlTotals {
  readonly accounts: number;
  readonly usageRecords: number;
  /** Of the usage records, those of another month: no input of billing. */
  readonly otherMonths: number;
  /** Records that were left out, where that was allowed. */
  readonly refused: number;
  readonly dataMb: string;
  readonly voiceSec: string;
  readonly messages: string;
  readonly payments: number;
  readonly paymentsWon: string;
  /** SHA-256 over every record in its order, in hex. */
  readonly digest: string;
}

/** A sum of integers up to 10^12: in numbers as long as they hold it, then in a bigint. */
class ExactSum {
  #carried = 0n;
  #recent = 0;

  add(value: unknown): void {
    if (!isAmount(value)) return;
    this.#recent += value;
    if (this.#recent > 2 ** 52) [this.#carried, this.#recent] = [this.#carried + BigInt(this.#recent), 0];
  }

  toString(): string {
    return String(this.#carried + BigInt(this.#recent));
  }
}

/** Adds up the records of an import as they pass by. */
export class TotalsCounter {
  readonly #month: Month;
  readonly #hashes: Readonly<Record<'accounts' | 'usage', Hash>> = {
    accounts: createHash('sha256'),
    usage: createHash('sha256'),
  };
  readonly #sums = { dataMb: new ExactSum(), voiceSec: new ExactSum(), messages: new ExactSum(), won: new ExactSum() };
  #accounts = 0;
  #usageRecords = 0;
  #otherMonths = 0;
  #payments = 0;

  constructor(month: Month) {
    this.#month = month;
  }

  addAccount(value: Members): void {
    this.#accounts++;
    this.#hashes.accounts.update(`${JSON.stringify(value)}\n`);
  }

  addUsage(value: Members): void {
    this.#usageRecords++;
    if (value['month'] !== this.#month) this.#otherMonths++;
    this.#hashes.usage.update(`${JSON.stringify(value)}\n`);
    for (const line of membersIn(value['lines'])) {
      this.#sums.dataMb.add(line['dataMb']);
      this.#sums.voiceSec.add(line['voiceSec']);
      this.#sums.messages.add(line['messages']);
      for (const payment of membersIn(line['payments'])) {
        this.#payments++;
        this.#sums.won.add(payment['amount']);
      }
    }
  }

  /** Ends the count. */
  totals(catalogDigest: string, refused: number): ControlTotals {
    const { accounts, usage } = this.#hashes;
    const parts = [accounts.digest('hex'), usage.digest('hex'), catalogDigest];
    return {
      accounts: this.#accounts,
      usageRecords: this.#usageRecords,
      otherMonths: this.#otherMonths,
      refused,
      dataMb: String(this.#sums.dataMb),
      voiceSec: String(this.#sums.voiceSec),
      messages: String(this.#sums.messages),
      payments: this.#payments,
      paymentsWon: String(this.#sums.won),
      digest: createHash('sha256').update(parts.join('\n')).digest('hex'),
    };
  }
}

function* membersIn(list: unknown): Generator<Members> {
  if (Array.isArray(list)) for (const member of list as unknown[]) if (isMembers(member)) yield member;
}
