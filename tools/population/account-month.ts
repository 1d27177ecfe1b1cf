/**
 * One account in one month, from its seed, its number and the month alone. Months hang together: what was not paid of
 * the last bill is in arrears now, what was left of a credit comes again. For the few accounts that need it, the bills
 * before are computed with `bill` itself; the chain is a few months long at most, by construction.
 */
import { addMonths, monthNumber, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { bill, isRejection } from '../../lambdas/settlement/domain/bill.ts';
import { Chance } from './chance.ts';
import { customerOf } from './customer.ts';
import { lineIn, lineTraits } from './line-life.ts';
import type { AccountMonth, AccountRecord, CreditRecord, LineRecord } from './records.ts';
import { spoil } from './spoil.ts';
import { TARIFF } from './tariff.ts';
import { usageOfLine } from './usage.ts';

/** The share of accounts that cannot be billed in a month, each by one rule. */
const SPOILT = 0.01;
/** The share of accounts that do not always pay, and how often they do not. */
const LATE_PAYERS = 0.08;
const UNPAID = 0.35;
/** In one month of so many a late payer always pays: what is unpaid goes back no further. */
const PAYS_EVERY = 5;
/**
 * A goodwill credit may be above the bill. At most 45,000, it is used up within so many months: without a bundle, a full
 * month comes to no less than 15,400 less a quarter, and a line is suspended for three months at most.
 */
const GOODWILL_MONTHS = 8;

/** The id of the `number`th account, 1 the first. */
export const accountIdOf = (number: number): string => `A${String(number).padStart(7, '0')}`;

/** The `number`th account of a seed (1 the first) in a month, and its usage. */
export function accountMonth(seed: number | string, number: number, month: Month): AccountMonth {
  const history = new History(`${seed}/${number}`, number);
  const found = history.in(month);
  const chance = new Chance(`${seed}/${number}/spoilt/${month}`);
  return chance.in(SPOILT) ? spoil(found, chance) : found;
}

class History {
  readonly #name: string;
  readonly #number: number;
  readonly #isLatePayer: boolean;
  readonly #paysIn: number;
  readonly #lineCount: number;

  constructor(name: string, number: number) {
    const chance = new Chance(name);
    this.#name = name;
    this.#number = number;
    this.#isLatePayer = chance.in(LATE_PAYERS);
    this.#paysIn = chance.whole(0, PAYS_EVERY - 1);
    this.#lineCount = chance.pick([1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
  }

  in(month: Month): AccountMonth {
    const accountId = accountIdOf(this.#number);
    const lines = Array.from({ length: this.#lineCount }, (_, index) => this.#line(`L${index + 1}`, month));
    const account: AccountRecord = {
      accountId,
      ...customerOf(this.#number, new Chance(`${this.#name}/customer`)),
      lines,
      arrears: this.#arrears(month),
      credits: this.#credits(month, lines[0]),
    };
    // Some use nothing at all, and have no record.
    if (new Chance(`${this.#name}/used/${month}`).in(0.02)) return { account, usage: null };
    const usageLines = lines.map((line) => usageOfLine(line, month, `${this.#name}/${line.lineId}`));
    return { account, usage: { accountId, month, lines: usageLines } };
  }

  #line(lineId: string, month: Month): LineRecord {
    const traits = lineTraits(`${this.#name}/${lineId}`, lineId);
    if (!this.#isLatePayer) return lineIn(traits, month);
    // Two suspensions must not overlap: who is suspended for not paying has none on request.
    return lineIn(traits, month, (of) => (lineId === 'L1' ? this.#dunning(of) : []));
  }

  /** Whether the bill of a month is not paid when the next one is made. */
  #isUnpaid(month: Month): boolean {
    if (!this.#isLatePayer || monthNumber(month) % PAYS_EVERY === this.#paysIn) return false;
    return new Chance(`${this.#name}/unpaid/${month}`).in(UNPAID);
  }

  /** Two bills unpaid: suspended from the 20th, until the 5th of the month in which it is known that one was paid. */
  #dunning(month: Month): LineRecord['suspensions'] {
    const unpaidBefore = (of: Month) => this.#isUnpaid(addMonths(of, -1)) && this.#isUnpaid(addMonths(of, -2));
    const before = addMonths(month, -1);
    if (!unpaidBefore(month)) {
      if (!unpaidBefore(before)) return [];
      return [{ kind: 'nonPayment', from: dunnedSince(before, unpaidBefore), to: `${month}-05` as LocalDate }];
    }
    return [{ kind: 'nonPayment', from: dunnedSince(month, unpaidBefore), to: null }];
  }

  #arrears(month: Month): AccountRecord['arrears'] {
    const before = addMonths(month, -1);
    if (!this.#isUnpaid(before)) return null;
    const unpaid = this.in(before);
    const invoice = invoiceOf(unpaid, before);
    if (!invoice || invoice.amountDue === 0) return null;
    // What was taxable stays so; late fees and all else are not.
    const taxable = Math.min(invoice.amountDue, (unpaid.account.arrears?.taxable ?? 0) + Math.max(0, invoice.taxable));
    return { taxable, nonTaxable: invoice.amountDue - taxable };
  }

  #credits(month: Month, line: LineRecord | undefined): CreditRecord[] {
    const credits: CreditRecord[] = [];
    const before = addMonths(month, -1);
    const recent = Array.from({ length: GOODWILL_MONTHS }, (_, index) => addMonths(month, -1 - index));
    if (recent.some((one) => this.#goodwill(one) !== null)) {
      const left = invoiceOf(this.in(before), before)?.carriedForward ?? 0;
      if (left > 0) credits.push({ creditId: `CF-${before}`, amount: left, reason: 'carried forward' });
    }
    // Nothing else is given to an account whose bill may be next to nothing: it would be carried forward for ever.
    if (this.#isLatePayer || !line || !isFullMonth(line, month)) return credits;
    const goodwill = line.bundle ? null : this.#goodwill(month);
    if (goodwill) credits.push(goodwill);
    const chance = new Chance(`${this.#name}/outage/${month}`);
    if (chance.in(0.02))
      credits.push({ creditId: `OUT-${month}`, amount: chance.whole(6, 40) * 100, reason: 'outage' });
    return credits;
  }

  /** A credit that may exceed the bill. Late payers get none: arrears and credits do not cross. */
  #goodwill(month: Month): CreditRecord | null {
    const chance = new Chance(`${this.#name}/goodwill/${month}`);
    if (this.#isLatePayer || !chance.in(0.003)) return null;
    return { creditId: `GW-${month}`, amount: chance.whole(150, 450) * 100, reason: 'goodwill' };
  }
}

/** Whether a line is on a plan all month, active, at its price. */
const isFullMonth = ({ plans, suspensions, welfare }: LineRecord, month: Month): boolean =>
  (plans[0]?.from ?? '9') <= `${month}-01` && plans.at(-1)?.to === null && suspensions.length === 0 && !welfare;

/** The 20th of the month in which the suspension that lasts in `month` began. */
function dunnedSince(month: Month, unpaidBefore: (month: Month) => boolean): LocalDate {
  let since = month;
  while (unpaidBefore(addMonths(since, -1))) since = addMonths(since, -1);
  return `${since}-20` as LocalDate;
}

function invoiceOf({ account, usage }: AccountMonth, month: Month): Invoice | null {
  const result = bill(account, usage, TARIFF, month);
  return isRejection(result) ? null : result;
}
