/** The email of a notice: subject, HTML and plain text in the account's language (dispatch rules §7). Pure. */
import { Eta } from 'eta/core';
import type { GroupCode } from './charge-groups.ts';
import { HTML_TEMPLATE, TEXT_TEMPLATE } from './email-template.ts';
import { BRAND, LABELS, type Labels } from './labels.ts';
import type { Notice } from './ledger.ts';
import { maskAccountId, maskName } from './mask.ts';

export interface EmailText {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** What an email tells of a notice. */
export type Billed = Pick<Notice, 'accountId' | 'month' | 'locale' | 'amountDue' | 'dueDate' | 'groups'>;

/** A line that names something: the due date, the account. */
interface Fact {
  readonly label: string;
  readonly value: string;
  readonly isMain: boolean;
}

/** An amount of the bill; `isCredit` when it is in the customer's favour. */
interface Charge {
  readonly label: string;
  readonly amount: string;
  readonly isCredit: boolean;
}

/** The variables of the templates. Every text of it is shown as it is: escaped in the HTML. */
interface View {
  readonly lang: string;
  readonly brand: string;
  readonly subject: string;
  readonly preview: string;
  readonly greeting: string;
  readonly intro: string;
  readonly amountDue: string;
  readonly isToPay: boolean;
  readonly facts: readonly Fact[];
  readonly charges: readonly Charge[];
  readonly labels: Labels;
}

const htmlEta = new Eta({ autoEscape: true });
const html = htmlEta.compile(HTML_TEMPLATE);
/** Plain text is not escaped, and its line ends are its layout. */
const textEta = new Eta({ autoEscape: false, autoTrim: false });
const text = textEta.compile(TEXT_TEMPLATE);

/** Writes the email. `name` is the customer's, open; it appears masked only, and so does the account id. */
export function emailText(billed: Billed, name: string): EmailText {
  const view = viewOf(billed, name);
  return { subject: view.subject, html: htmlEta.render(html, view), text: textEta.render(text, view) };
}

function viewOf({ accountId, month, locale, amountDue, dueDate, groups }: Billed, name: string): View {
  const labels = LABELS[locale];
  const isToPay = amountDue > 0;
  const due = labels.date(dueDate);
  const fact = (label: string, value: string, isMain = false): Fact => ({ label, value, isMain });
  return {
    lang: locale,
    brand: BRAND,
    subject: labels.subject(month),
    preview: isToPay ? labels.preview(labels.won(amountDue), due) : labels.nothingToPay,
    greeting: labels.greeting(maskName(name)),
    intro: labels.intro(month),
    amountDue: labels.won(amountDue),
    isToPay,
    facts: [
      ...(isToPay ? [fact(labels.dueDate, due, true)] : []),
      fact(labels.billedMonth, labels.month(month)),
      fact(labels.account, maskAccountId(accountId)),
    ],
    charges: chargesOf({ amountDue, groups }, labels),
    labels,
  };
}

/** The rows of the bill; their sum is the amount due, as what is in the customer's favour is carried forward. */
function chargesOf({ amountDue, groups }: Pick<Billed, 'amountDue' | 'groups'>, labels: Labels): Charge[] {
  const charge = (label: string, amount: number): Charge => ({
    label,
    amount: labels.won(amount),
    isCredit: amount < 0,
  });
  const sum = groups.reduce((total, { amount }) => total + amount, 0);
  const rows = groups.map(({ code, amount }) => charge(labelOf(labels, code), amount));
  return sum === amountDue ? rows : [...rows, charge(labels.carriedForward, amountDue - sum)];
}

const labelOf = (labels: Labels, code: string): string =>
  Object.hasOwn(labels.groups, code) ? labels.groups[code as GroupCode] : labels.otherCharges;
