/** What an import adds up to, to be held against what its sender says it sent; and the digest that names it. */
import { createHash, type Hash } from 'node:crypto';
import type { Month } from '../kernel/dates.ts';
import { sha256 } from '../platform/digest.ts';
import { isAmount, isMembers, type Members } from '../settlement/domain/form.ts';
import { blockOf, type BlockDigest } from './domain/blocks.ts';
import type { CheckedPart } from './domain/job.ts';
import type { RecordKind } from './domain/record.ts';
import { refusedOf } from './domain/refused.ts';
import { byKind } from './domain/sum-parts.ts';
import { addSums, emptySums, type ControlTotals, type Sums } from './domain/sums.ts';

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

/** The digests of the blocks that records lie in, as they pass by in the order of their lines. */
class BlockHashes {
  readonly #ended: BlockDigest[] = [];
  #block = -1;
  #hash: Hash | null = null;

  add(line: number, value: Members): void {
    if (blockOf(line) !== this.#block) this.#end();
    this.#block = blockOf(line);
    (this.#hash ??= createHash('sha256')).update(`${line} ${JSON.stringify(value)}\n`);
  }

  /** Those with a record. Ends the count. */
  blocks(): readonly BlockDigest[] {
    this.#end();
    return this.#ended;
  }

  #end(): void {
    if (this.#hash) this.#ended.push([this.#block, this.#hash.digest('hex')]);
    this.#hash = null;
  }
}

/** Adds up the records of one file, or of a part of it, in the order of their lines. */
export class RecordCounter {
  readonly #month: Month;
  readonly #hashes = new BlockHashes();
  readonly #sums = { dataMb: new ExactSum(), voiceSec: new ExactSum(), messages: new ExactSum(), won: new ExactSum() };
  #accounts = 0;
  #usageRecords = 0;
  #otherMonths = 0;
  #payments = 0;

  constructor(month: Month) {
    this.#month = month;
  }

  add(kind: RecordKind, line: number, value: Members): void {
    this.#hashes.add(line, value);
    if (kind === 'accounts') this.#accounts++;
    else this.#addUsage(value);
  }

  /** What was added. Ends the count. */
  counted(): { readonly sums: Sums; readonly blocks: readonly BlockDigest[] } {
    return {
      sums: {
        accounts: this.#accounts,
        usageRecords: this.#usageRecords,
        otherMonths: this.#otherMonths,
        dataMb: String(this.#sums.dataMb),
        voiceSec: String(this.#sums.voiceSec),
        messages: String(this.#sums.messages),
        payments: this.#payments,
        paymentsWon: String(this.#sums.won),
      },
      blocks: this.#hashes.blocks(),
    };
  }

  #addUsage(value: Members): void {
    this.#usageRecords++;
    if (value['month'] !== this.#month) this.#otherMonths++;
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
}

function* membersIn(list: unknown): Generator<Members> {
  if (Array.isArray(list)) for (const member of list as unknown[]) if (isMembers(member)) yield member;
}

/** Blocks of both files, in parts or whole. Parts of a file stand in its order. */
export type BlocksOfParts = Readonly<Record<RecordKind, readonly { readonly blocks: readonly BlockDigest[] }[]>>;

/** What names an import: the same for a file that is one part and for one that is many. */
export const importDigest = ({ accounts, usage }: BlocksOfParts, catalogDigest: string): string =>
  sha256([digestOfBlocks(accounts), digestOfBlocks(usage), catalogDigest].join('\n')).toString('hex');

function digestOfBlocks(parts: BlocksOfParts[RecordKind]): string {
  const lines = parts.flatMap(({ blocks }) => blocks.map(([block, digest]) => `${block} ${digest}\n`));
  return sha256(lines.join('')).toString('hex');
}

/** What was checked, part by part. */
type CheckedParts = Readonly<
  Record<RecordKind, readonly { readonly sums: Sums; readonly blocks: readonly BlockDigest[] }[]>
>;

/** What an import of these records and catalogs comes to. */
export function controlTotals(checked: CheckedParts, refused: number, catalogDigest: string): ControlTotals {
  const sums = [...checked.accounts, ...checked.usage].reduce((total, part) => addSums(total, part.sums), emptySums());
  return { ...sums, refused, digest: importDigest(checked, catalogDigest) };
}

/** The same of files that were checked in parts. */
export const totalsOfParts = (parts: readonly CheckedPart[], catalogDigest: string): ControlTotals =>
  controlTotals(byKind(parts), refusedOf(parts).refused, catalogDigest);
