/** The SMS of a notice: one part, always (dispatch rules §7). Pure. */
import { BRAND, monthName, numbersOf, SUPPORT_NUMBER, thousands } from './labels.ts';
import type { Notice } from './ledger.ts';
import { maskName } from './mask.ts';

/** One SNS part holds 70 UCS-2 characters; 8 of them are kept free for a carrier's prefix. */
export const SMS_CHARACTERS = 70 - 8;

/** What an SMS tells of a notice. */
export type SmsBilled = Pick<Notice, 'month' | 'locale' | 'amountDue' | 'dueDate'>;

/** The variables of the template, as they are shown. */
interface SmsView {
  readonly name: string;
  readonly month: number;
  readonly amount: string;
  /** Null when there is nothing to pay. */
  readonly due: { readonly month: number; readonly day: number } | null;
}

type SmsTemplate = (view: SmsView) => string;

const shortMonth = (month: number): string => monthName(month).slice(0, 3);

const TEMPLATES: Readonly<Record<Notice['locale'], SmsTemplate>> = {
  ko: ({ name, month, amount, due }) => {
    const until = due === null ? '' : `, ${due.month}/${due.day}까지`;
    return `[${BRAND}] ${name === '' ? '' : `${name}님 `}${month}월 요금 ${amount}원${until}. 문의 ${SUPPORT_NUMBER}`;
  },
  en: ({ name, month, amount, due }) => {
    const until = due === null ? '' : `, due ${shortMonth(due.month)} ${due.day}`;
    return `[${BRAND}] ${name === '' ? '' : `${name} `}${shortMonth(month)} bill KRW ${amount}${until}`;
  },
};

/** The longest each variable can be: a mask of five characters, its ends outside the BMP; the largest amount that is held exactly. */
const LONGEST: SmsView = {
  name: '𠮷***𠮷',
  month: 12,
  amount: thousands(Number.MAX_SAFE_INTEGER),
  due: { month: 12, day: 31 },
};

// Refused here, when the module is loaded by a test, and not when a customer's bill is due: an SMS is never split silently.
for (const [locale, template] of Object.entries(TEMPLATES)) {
  const { length } = template(LONGEST);
  if (length > SMS_CHARACTERS)
    throw new RangeError(
      `the ${locale} SMS can take ${length} characters, more than the ${SMS_CHARACTERS} of one part`,
    );
}

/** Writes the SMS: who is meant (masked), month, amount and due date. At most 62 UTF-16 units, for every amount and name. */
export function smsText({ month, locale, amountDue, dueDate }: SmsBilled, name: string): string {
  const [, billedMonth] = numbersOf(month);
  const [, dueMonth, dueDay] = numbersOf(dueDate);
  return TEMPLATES[locale]({
    name: maskName(name),
    month: billedMonth,
    amount: thousands(amountDue),
    due: amountDue > 0 ? { month: dueMonth, day: dueDay } : null,
  });
}
