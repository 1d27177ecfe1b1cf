/** What goes wrong with records: an account is spoilt so that one rule of the billing rules §3 rejects it. */
import type { LocalDate } from '../../lambdas/kernel/dates.ts';
import type { Chance } from './chance.ts';
import type { AccountMonth, LineRecord, UsageLineRecord } from './records.ts';

type Spoiler = (month: AccountMonth) => AccountMonth;

const EVER = '2012-01-01' as LocalDate;

const changeLine = ({ account, usage }: AccountMonth, change: (line: LineRecord) => Partial<LineRecord>) => ({
  account: {
    ...account,
    lines: account.lines.map((line, index) => (index === 0 ? { ...line, ...change(line) } : line)),
  },
  usage,
});

const changeUsage = (
  { account, usage }: AccountMonth,
  change: (lines: readonly UsageLineRecord[]) => readonly UsageLineRecord[],
): AccountMonth => ({ account, usage: usage && { ...usage, lines: change(usage.lines) } });

const lastPlan = ({ plans }: LineRecord): string => plans.at(-1)?.planId ?? 'LTE-33';

/** Spoilers of an account, each named by the reason it is rejected for. */
const ACCOUNT_SPOILERS = {
  MALFORMED: ({ account, usage }) => ({ account: { ...account, dueDay: 32 }, usage }),
  INVALID_INTERVAL: (month) =>
    changeLine(month, () => ({ bundle: { size: 2, from: '2014-03-02' as LocalDate, to: '2014-03-02' as LocalDate } })),
  INVALID_AMOUNT: ({ account, usage }) => ({
    account: { ...account, arrears: { taxable: -1100, nonTaxable: 0 } },
    usage,
  }),
  OVERLAPPING_PLANS: (month) =>
    changeLine(month, (line) => ({ plans: [...line.plans, { planId: lastPlan(line), from: EVER, to: null }] })),
  OVERLAPPING_SUSPENSIONS: (month) =>
    changeLine(month, () => ({
      suspensions: [
        { kind: 'requested', from: EVER, to: '2012-03-01' as LocalDate },
        { kind: 'nonPayment', from: '2012-02-01' as LocalDate, to: '2012-03-01' as LocalDate },
      ],
    })),
  UNKNOWN_PLAN: (month) =>
    changeLine(month, (line) => ({ plans: line.plans.map((plan) => ({ ...plan, planId: `OLD-${plan.planId}` })) })),
  UNKNOWN_ADD_ON: (month) => changeLine(month, () => ({ addOns: [{ addOnId: 'PAGER', from: EVER, to: null }] })),
  UNKNOWN_WELFARE_CLASS: (month) => changeLine(month, () => ({ welfare: { class: 'student', from: EVER, to: null } })),
  UNKNOWN_SUSPENSION_KIND: (month) =>
    changeLine(month, () => ({ suspensions: [{ kind: 'lost', from: EVER, to: null }] })),
} satisfies Record<string, Spoiler>;

/** Spoilers of a usage record. */
const USAGE_SPOILERS = {
  UNKNOWN_LINE: (month) =>
    changeUsage(month, ([first, ...rest]) => (first ? [...rest, { ...first, lineId: 'L9' }] : [])),
  UNKNOWN_PAYMENT_KIND: (month) =>
    changeUsage(month, ([first, ...rest]) => {
      const payment = { date: EVER, merchant: 'Moon Books', amount: 5500, kind: 'coupon' };
      return first ? [{ ...first, payments: [payment] }, ...rest] : [];
    }),
  USAGE_WITHOUT_PLAN: ({ account, usage }) => ({
    account: changeLine({ account, usage }, () => ({ plans: [] })).account,
    usage: usage && { ...usage, lines: usage.lines.map((line) => ({ ...line, messages: line.messages + 1 })) },
  }),
} satisfies Record<string, Spoiler>;

/** Spoils an account by one rule that chance picks. */
export function spoil(month: AccountMonth, chance: Chance): AccountMonth {
  const spoilers: Spoiler[] = Object.values(ACCOUNT_SPOILERS);
  if (month.usage) spoilers.push(...Object.values(USAGE_SPOILERS));
  return chance.pick(spoilers as [Spoiler, ...Spoiler[]])(month);
}

/** The reasons that occur among generated accounts. */
export const SPOILT_REASONS: readonly string[] = [...Object.keys(ACCOUNT_SPOILERS), ...Object.keys(USAGE_SPOILERS)];
