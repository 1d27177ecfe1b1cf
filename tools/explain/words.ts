/** What an explained bill says, in Korean and in English. */
import type { ChargeCode } from '../../lambdas/contracts/invoice.ts';

export type Locale = 'ko' | 'en';

export interface Words {
  readonly charge: Readonly<Record<ChargeCode, string>>;
  readonly daysOf: (days: number, of: number) => string;
  readonly suspended: (kind: string) => string;
  readonly over: (used: string, allowance: string, units: string) => string;
  readonly units: (number: string, counter: 'dataMb' | 'voiceSec' | 'messages', count: number) => string;
  readonly atMost: (amount: string) => string;
  readonly planFees: string;
  readonly planFeesLeft: string;
  readonly members: (size: number) => string;
  readonly base: string;
  readonly waiver: string;
  readonly elapsed: (elapsed: number, term: number) => string;
  readonly withinGrace: (grace: number) => string;
  readonly payments: (count: number) => string;
  readonly instalment: (number: number, total: number, remaining: string) => string;
  readonly taxable: string;
  readonly nonTaxable: string;
  readonly mod: (subtotal: string, unit: number) => string;
  readonly line: (lineId: string) => string;
  readonly account: string;
  readonly subtotal: string;
  readonly vatIn: (taxable: string, supply: string) => string;
  readonly amountDue: (amount: string) => string;
  readonly dueOn: (date: string) => string;
  readonly carriedForward: (amount: string) => string;
  readonly rejected: string;
  readonly reason: Readonly<Record<string, string>>;
}

const en: Words = {
  charge: {
    PLAN_FEE: 'plan fee',
    ADD_ON: 'add-on',
    DATA_OVERAGE: 'data beyond the allowance',
    VOICE_OVERAGE: 'calls beyond the allowance',
    MESSAGE_OVERAGE: 'messages beyond the allowance',
    CONTRACT_DISCOUNT: 'contract discount',
    BUNDLE_DISCOUNT: 'bundle discount',
    WELFARE_DISCOUNT: 'welfare discount',
    TERMINATION_CHARGE: 'discount paid back on termination',
    MICRO_PAYMENT: 'micropayments',
    CONTENT_PAYMENT: 'paid content',
    INSTALMENT: 'instalment',
    ARREARS: 'unpaid from before',
    LATE_FEE: 'late fee',
    CREDIT: 'credit',
    ROUNDING: 'rounded down',
  },
  daysOf: (days, of) => `${days} of ${of} days`,
  suspended: (kind) => `suspended (${kind})`,
  over: (used, allowance, units) => `${used} used − ${allowance} included = ${units}`,
  units: (number, counter, count) =>
    `${number} ${{ dataMb: 'MB', voiceSec: 's', messages: count === 1 ? 'message' : 'messages' }[counter]}`,
  atMost: (amount) => `at most ${amount}`,
  planFees: 'the plan fees',
  planFeesLeft: 'what is left of the plan fees',
  members: (size) => `${size} members`,
  base: 'phone charges',
  waiver: 'waived',
  elapsed: (elapsed, term) => `day ${elapsed} of ${term}`,
  withinGrace: (grace) => `within ${grace} days: the whole discount`,
  payments: (count) => (count === 1 ? '1 payment' : `${count} payments`),
  instalment: (number, total, remaining) => `no. ${number} of ${total} (${remaining} remain after it)`,
  taxable: 'taxable',
  nonTaxable: 'not taxable',
  mod: (subtotal, unit) => `what ${subtotal} is above a multiple of ${unit}`,
  line: (lineId) => `Line ${lineId}`,
  account: 'Account',
  subtotal: 'Subtotal',
  vatIn: (taxable, supply) => `VAT in ${taxable} taxable (supply value ${supply})`,
  amountDue: (amount) => `Amount due ${amount} won`,
  dueOn: (date) => `due on ${date}`,
  carriedForward: (amount) => `Carried forward to the next bill ${amount} won`,
  rejected: 'This account cannot be billed:',
  reason: {
    INVALID_AMOUNT: 'an amount or counter is not a whole number from 0 to 10^12',
    INVALID_INTERVAL: 'an interval ends before it begins, or a contract has no end',
    MALFORMED: 'the account or its usage record does not have the form it must have',
    NO_CATALOG: 'no catalog version is in force on a date that is to be billed',
    OVERLAPPING_PLANS: 'two plans of one line share a date',
    OVERLAPPING_SUSPENSIONS: 'two suspensions of one line share a date',
    UNKNOWN_ADD_ON: 'an add-on is not in the catalog',
    UNKNOWN_LINE: 'usage names a line that the account does not have',
    UNKNOWN_PAYMENT_KIND: 'a payment is neither micro nor content',
    UNKNOWN_PLAN: 'a plan is not in the catalog',
    UNKNOWN_SUSPENSION_KIND: 'a suspension is of a kind that is not in the catalog',
    UNKNOWN_WELFARE_CLASS: 'a welfare class is not in the catalog',
    USAGE_WITHOUT_PLAN: 'a line without a plan in the month was used',
  },
};

const ko: Words = {
  charge: {
    PLAN_FEE: '월정액',
    ADD_ON: '부가서비스',
    DATA_OVERAGE: '데이터 초과',
    VOICE_OVERAGE: '음성 초과',
    MESSAGE_OVERAGE: '메시지 초과',
    CONTRACT_DISCOUNT: '선택약정 할인',
    BUNDLE_DISCOUNT: '결합할인',
    WELFARE_DISCOUNT: '복지할인',
    TERMINATION_CHARGE: '할인반환금',
    MICRO_PAYMENT: '소액결제',
    CONTENT_PAYMENT: '정보이용료',
    INSTALMENT: '단말기 할부금',
    ARREARS: '미납요금',
    LATE_FEE: '연체료',
    CREDIT: '차감',
    ROUNDING: '끝전 절사',
  },
  daysOf: (days, of) => `${of}일 중 ${days}일`,
  suspended: (kind) => `일시정지(${kind})`,
  over: (used, allowance, units) => `사용 ${used} − 제공 ${allowance} = ${units}`,
  units: (number, counter) => `${number} ${{ dataMb: 'MB', voiceSec: '초', messages: '건' }[counter]}`,
  atMost: (amount) => `최대 ${amount}`,
  planFees: '월정액',
  planFeesLeft: '남은 월정액',
  members: (size) => `${size}회선 결합`,
  base: '통신요금',
  waiver: '감면',
  elapsed: (elapsed, term) => `약정 ${term}일 중 ${elapsed}일 경과`,
  withinGrace: (grace) => `${grace}일 이내: 할인 전액`,
  payments: (count) => `${count}건`,
  instalment: (number, total, remaining) => `${total}회 중 ${number}회 (잔액 ${remaining})`,
  taxable: '과세',
  nonTaxable: '비과세',
  mod: (subtotal, unit) => `${subtotal} 중 ${unit}원 미만`,
  line: (lineId) => `회선 ${lineId}`,
  account: '계정',
  subtotal: '소계',
  vatIn: (taxable, supply) => `과세 ${taxable}에 포함된 부가가치세 (공급가액 ${supply})`,
  amountDue: (amount) => `청구금액 ${amount}원`,
  dueOn: (date) => `납기일 ${date}`,
  carriedForward: (amount) => `다음 달로 이월 ${amount}원`,
  rejected: '이 계정은 청구할 수 없습니다:',
  reason: {
    INVALID_AMOUNT: '금액이나 사용량이 0 이상 10^12 이하의 정수가 아님',
    INVALID_INTERVAL: '기간의 끝이 시작보다 앞서거나 약정에 종료일이 없음',
    MALFORMED: '계정 또는 사용량의 형식이 올바르지 않음',
    NO_CATALOG: '청구할 날짜에 유효한 요금표가 없음',
    OVERLAPPING_PLANS: '한 회선의 요금제 기간이 겹침',
    OVERLAPPING_SUSPENSIONS: '한 회선의 정지 기간이 겹침',
    UNKNOWN_ADD_ON: '요금표에 없는 부가서비스',
    UNKNOWN_LINE: '계정에 없는 회선의 사용량',
    UNKNOWN_PAYMENT_KIND: '결제 종류가 micro도 content도 아님',
    UNKNOWN_PLAN: '요금표에 없는 요금제',
    UNKNOWN_SUSPENSION_KIND: '요금표에 없는 정지 종류',
    UNKNOWN_WELFARE_CLASS: '요금표에 없는 복지 자격',
    USAGE_WITHOUT_PLAN: '해당 월에 요금제가 없는 회선의 사용',
  },
};

export const WORDS: Readonly<Record<Locale, Words>> = { ko, en };
