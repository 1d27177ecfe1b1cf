import type { Month } from '../../kernel/dates.ts';
import type { Payment, UsageLine } from './account.ts';
import type { Form, Members } from './form.ts';

/**
 * Reads the lines of an account's usage record; null or undefined is no usage. A record of another account or month is
 * no input of billing (the caller sets it aside as foreign); one that comes here none the less is malformed, as billing
 * somebody else's usage or silently none would be worse than a rejection.
 */
export function readUsage(value: unknown, accountId: string, month: Month, form: Form): readonly UsageLine[] {
  if (value === undefined || value === null) return [];
  const usage = form.members(value);
  if (usage['accountId'] !== accountId || usage['month'] !== month) form.malformed = true;
  const lines = form.list(usage['lines'], readUsageLine);
  form.unique(lines.map((line) => line.lineId));
  return lines;
}

const readUsageLine = (line: Members, form: Form): UsageLine => ({
  lineId: form.text(line['lineId']),
  dataMb: form.amount(line['dataMb']),
  voiceSec: form.amount(line['voiceSec']),
  messages: form.amount(line['messages']),
  payments: form.list(line['payments'], readPayment),
});

function readPayment(payment: Members, form: Form): Payment {
  form.optionalDate(payment['date']); // shown, and checked, but it does not change what is billed
  return { kind: form.text(payment['kind']), amount: form.amount(payment['amount']) };
}
