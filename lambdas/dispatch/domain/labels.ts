/** The words of emails and SMS, by language. Every key exists in both, or it does not compile. */
import type { LocalDate, Month } from '../../kernel/dates.ts';
import type { GroupCode } from './charge-groups.ts';
import type { Notice } from './ledger.ts';

/** The name that stands at the head of every mail and SMS. */
export const BRAND = 'TR1L';
/** Where customers ask, by phone; free from the operator's own lines. */
export const SUPPORT_NUMBER = '114';

export interface Labels {
  readonly subject: (month: Month) => string;
  readonly greeting: (maskedName: string) => string;
  readonly intro: (month: Month) => string;
  readonly preview: (amount: string, due: string) => string;
  readonly amountDue: string;
  readonly dueDate: string;
  readonly billedMonth: string;
  readonly account: string;
  readonly charges: string;
  readonly carriedForward: string;
  readonly total: string;
  readonly nothingToPay: string;
  readonly questionsTitle: string;
  readonly questions: string;
  readonly footer: string;
  readonly groups: Readonly<Record<GroupCode, string>>;
  /** For a group that a later version wrote and this one does not know. */
  readonly otherCharges: string;
  readonly won: (amount: number) => string;
  readonly month: (month: Month) => string;
  readonly date: (date: LocalDate) => string;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** The English name of a month, `1` to `12`. */
export const monthName = (month: number): string => MONTHS[month - 1] ?? '';

/** Year, month and day of a month or date; what is missing is NaN. */
export function numbersOf(date: Month | LocalDate): [year: number, month: number, day: number] {
  const [year = NaN, month = NaN, day = NaN] = date.split('-').map(Number);
  return [year, month, day];
}

/** An amount's digits with its thousands apart, without its sign: `12,340`. */
export const thousands = (amount: number): string => String(Math.abs(amount)).replace(/\B(?=(\d{3})+$)/g, ',');

/** The sign of an amount, as a minus that does not break from its digits. */
const minus = (amount: number): string => (amount < 0 ? '−' : '');

const monthKo = (month: Month): string => {
  const [year, number] = numbersOf(month);
  return `${year}년 ${number}월`;
};
const monthEn = (month: Month): string => {
  const [year, number] = numbersOf(month);
  return `${monthName(number)} ${year}`;
};

export const LABELS: Readonly<Record<Notice['locale'], Labels>> = {
  ko: {
    subject: (month) => `[${BRAND}] ${monthKo(month)} 요금 안내`,
    greeting: (name) => `${name === '' ? '' : `${name} `}고객님, 안녕하세요.`,
    intro: (month) => `${monthKo(month)} 이용 요금을 안내해 드립니다.`,
    preview: (amount, due) => `납부하실 금액 ${amount}, 납부 기한 ${due}`,
    amountDue: '납부하실 금액',
    dueDate: '납부 기한',
    billedMonth: '청구 월',
    account: '청구 계정',
    charges: '요금 내역',
    carriedForward: '다음 달로 이월',
    total: '합계',
    nothingToPay: '이번 달에는 납부하실 금액이 없습니다.',
    questionsTitle: '궁금하신 점이 있으신가요?',
    questions: `휴대폰에서 국번 없이 ${SUPPORT_NUMBER}(무료)로 문의해 주세요. 상담 시 위의 청구 계정을 알려 주시면 빠르게 도와드립니다.`,
    footer:
      '이 메일은 요금 안내를 위한 발신 전용 메일이며, 광고가 아닙니다. 과세 항목의 금액에는 부가가치세가 포함되어 있습니다.',
    groups: {
      plan: '요금제·부가서비스',
      usage: '제공량 초과 이용료',
      discount: '할인',
      termination: '약정 해지 할인반환금',
      payment: '소액결제·정보이용료',
      device: '단말기 할부금',
      arrears: '미납 요금·연체료',
      credit: '환급·감액',
      rounding: '원 단위 절사',
    },
    otherCharges: '기타',
    won: (amount) => `${minus(amount)}${thousands(amount)}원`,
    month: monthKo,
    date: (date) => {
      const [, , day] = numbersOf(date);
      return `${monthKo(date.slice(0, 7) as Month)} ${day}일`;
    },
  },
  en: {
    subject: (month) => `[${BRAND}] Your bill for ${monthEn(month)}`,
    greeting: (name) => `Dear ${name === '' ? 'customer' : name},`,
    intro: (month) => `Here is your bill for ${monthEn(month)}.`,
    preview: (amount, due) => `Amount due ${amount}, by ${due}`,
    amountDue: 'Amount due',
    dueDate: 'Due date',
    billedMonth: 'Billing month',
    account: 'Account',
    charges: 'Charges',
    carriedForward: 'Carried forward to next month',
    total: 'Total',
    nothingToPay: 'There is nothing to pay this month.',
    questionsTitle: 'Any questions?',
    questions: `Call ${SUPPORT_NUMBER} from your mobile, free of charge, and have the account above at hand.`,
    footer:
      'This mail tells you of your bill and is no advertisement. Replies to it are not read. Taxable charges include VAT.',
    groups: {
      plan: 'Plans and add-ons',
      usage: 'Usage above allowance',
      discount: 'Discounts',
      termination: 'Early termination charge',
      payment: 'Mobile payments and content',
      device: 'Device instalments',
      arrears: 'Arrears and late fees',
      credit: 'Credits',
      rounding: 'Rounding down',
    },
    otherCharges: 'Other',
    won: (amount) => `${minus(amount)}₩${thousands(amount)}`,
    month: monthEn,
    date: (date) => {
      const [year, month, day] = numbersOf(date);
      return `${monthName(month)} ${day}, ${year}`;
    },
  },
};
