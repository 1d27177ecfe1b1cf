import type {
  Account,
  AddOnInterval,
  Bundle,
  Contract,
  Credit,
  Instalment,
  Line,
  PlanInterval,
  Suspension,
  Welfare,
} from './account.ts';
import type { Form, Members } from './form.ts';

/** Reads an account; what is wrong is remembered by the form. Names, addresses, preferences and other keys are not looked at. */
export function readAccount(value: unknown, form: Form): Account {
  const account = form.members(value);
  const lines = form.list(account['lines'], readLine);
  form.unique(lines.map((line) => line.lineId));
  return {
    accountId: form.text(account['accountId']),
    dueDay: form.count(account['dueDay'], 31),
    lines,
    arrears: form.optional(account['arrears'], readArrears) ?? NO_ARREARS,
    credits: form.list(account['credits'], readCredit),
  };
}

const NO_ARREARS: Account['arrears'] = { taxable: 0, nonTaxable: 0 };

const readArrears = (arrears: Members, form: Form): Account['arrears'] => ({
  taxable: form.amount(arrears['taxable']),
  nonTaxable: form.amount(arrears['nonTaxable']),
});

const readCredit = (credit: Members, form: Form): Credit => ({
  creditId: form.text(credit['creditId']),
  amount: form.amount(credit['amount']),
});

const readLine = (line: Members, form: Form): Line => ({
  lineId: form.text(line['lineId']),
  plans: form.list(line['plans'], readPlan),
  addOns: form.list(line['addOns'], readAddOn),
  suspensions: form.list(line['suspensions'], readSuspension),
  contract: form.optional(line['contract'], readContract),
  bundle: form.optional(line['bundle'], readBundle),
  welfare: form.optional(line['welfare'], readWelfare),
  instalment: form.optional(line['instalment'], readInstalment),
});

const readPlan = (plan: Members, form: Form): PlanInterval => ({
  planId: form.text(plan['planId']),
  from: form.date(plan['from']),
  to: form.optionalDate(plan['to']),
});

const readAddOn = (addOn: Members, form: Form): AddOnInterval => ({
  addOnId: form.text(addOn['addOnId']),
  from: form.date(addOn['from']),
  to: form.optionalDate(addOn['to']),
});

const readSuspension = (suspension: Members, form: Form): Suspension => ({
  kind: form.text(suspension['kind']),
  from: form.date(suspension['from']),
  to: form.optionalDate(suspension['to']),
});

const readContract = (contract: Members, form: Form): Contract => ({
  from: form.date(contract['from']),
  to: form.optionalDate(contract['to']),
  terminatedOn: form.optionalDate(contract['terminatedOn']),
  discountReceived: form.amount(contract['discountReceived']),
});

const readBundle = (bundle: Members, form: Form): Bundle => ({
  size: form.count(bundle['size']),
  from: form.date(bundle['from']),
  to: form.optionalDate(bundle['to']),
});

const readWelfare = (welfare: Members, form: Form): Welfare => ({
  welfareClass: form.text(welfare['class']),
  from: form.date(welfare['from']),
  to: form.optionalDate(welfare['to']),
});

const readInstalment = (instalment: Members, form: Form): Instalment => ({
  device: form.text(instalment['device']),
  monthlyAmount: form.amount(instalment['monthlyAmount']),
  totalMonths: form.count(instalment['totalMonths']),
  firstMonth: form.month(instalment['firstMonth']),
});
