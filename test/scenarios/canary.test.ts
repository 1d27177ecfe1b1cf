/**
 * Nothing personal leaks: a month in which everything goes wrong that can, and then a search of all that leaves the
 * tables (messages, logs, metrics, inputs, histories, events, errors) for every name, address, number and amount.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmailFate, SendClass } from '../../tools/local/provider-rates.ts';
import type { GateCall } from '../../tools/local/gate-messages.ts';
import { faultAt } from '../../tools/local/gate-faults.ts';
import { leaks } from '../support/canary.ts';
import { startScenario, type Scenario } from '../support/scenario.ts';

/** By the last digit of the account, on email. */
const OUTCOMES: Readonly<Record<string, SendClass>> = { 1: 'temporary', 2: 'permanent', 3: 'unknown' };
const FATES: Readonly<Record<string, EmailFate>> = {
  4: 'bounced-hard',
  5: 'bounced-soft',
  6: 'complained',
  7: 'rejected',
};

const numberOf = (accountId: string): number => Number(accountId.replace(/\D/g, ''));
const digitOf = (noticeId: string): string => noticeId.split('_')[1]?.slice(-1) ?? '';
/** Long enough not to stand in some id by chance: three letters do, in one of thirty runs. */
const CANARY = 'qzxvkwjy';
const emailOf = (accountId: string): string => `canary-${numberOf(accountId)}-${CANARY}@example.com`;
const nameOf = (accountId: string): string => `카나리아${numberOf(accountId)}${CANARY}`;
const phoneOf = (accountId: string): string => `010-7391-${String(numberOf(accountId)).padStart(4, '0')}`;

/** A busy machine takes its time. */
const LONG_MS = 300_000;

let month: Scenario;
/** All that went into a queue, and all that was answered to a function with an error. */
const messages: string[] = [];
const thrown: string[] = [];

beforeAll(async () => {
  month = await startScenario({
    accounts: 80,
    change: (account) => ({
      ...account,
      name: nameOf(account.accountId),
      // One in ten cannot be sent to at all, and its form must not be told either.
      email: account.accountId.endsWith('9') ? `${emailOf(account.accountId)} (home)` : emailOf(account.accountId),
      phone: phoneOf(account.accountId),
    }),
    decide: ({ channel, noticeId, attempt }) =>
      channel === 'email' && attempt === '1' ? OUTCOMES[digitOf(noticeId)] : undefined,
    decideFate: ({ noticeId }) => FATES[digitOf(noticeId)],
  });
  const { gate, events } = month.runtime;
  gate.observe((call) => {
    if (call.service === 'sqs' && call.operation.startsWith('SendMessage')) messages.push(JSON.stringify(call.body()));
  });
  events.on('invocation', ({ functionName, result }) => {
    if (result.kind === 'threw') thrown.push(`${functionName}: ${JSON.stringify(result)}`);
  });
  const told = (call: GateCall, what: string): string => `${what}: ${JSON.stringify(call.body())}`;
  // A provider that repeats in its error what it was sent; a table and a key service that refuse; a worker that dies.
  let emails = 0;
  gate.intercept((call) => {
    if (call.operation !== 'SendEmail' || ++emails % 7 !== 0) return undefined;
    return { kind: 'fail', status: 400, code: 'MessageRejected', message: told(call, 'Address is suppressed') };
  });
  let texts = 0;
  gate.intercept((call) => {
    if (call.operation !== 'Publish' || ++texts % 5 !== 0) return undefined;
    return {
      kind: 'fail',
      status: 400,
      code: 'InvalidParameter',
      message: told(call, 'Invalid parameter: PhoneNumber'),
    };
  });
  for (const functionName of ['plan-shard', 'verify-plan', 'delivery-feedback']) {
    const refused = { kind: 'fail', status: 400, code: 'AccessDeniedException', message: 'refused' } as const;
    gate.intercept(faultAt({ functionName, service: 'dynamodb', nth: 3 }, refused));
  }
  gate.intercept(
    faultAt({ functionName: 'send-email', operation: 'SendEmail', nth: 20 }, { kind: 'kill', when: 'after' }),
  );
  // As often as the SDK tries.
  gate.intercept(
    faultAt(
      { functionName: 'send-sms', service: 'kms', times: 3 },
      { kind: 'fail', status: 500, code: 'InternalFailure' },
    ),
  );
  await month.run();
  await month.queue('EmailQueueUrl', '{"version":9,"noticeId":"x"}');
  await month.runtime.idle();
}, LONG_MS);
afterAll(() => month.stop());

/** Every execution with its input, output, error and history, those of map items included. */
function executions(): string {
  const { machines } = month.runtime;
  const all = ['SettlementRunArn', 'DispatchRunArn'].flatMap((output) =>
    machines.list({ stateMachineArn: month.runtime.resource(output) }),
  );
  const children = all.flatMap(({ spec }) =>
    machines.mapRuns(spec.arn).flatMap((run) => machines.list({ mapRunArn: run.spec.arn })),
  );
  return [...all, ...children]
    .map(({ spec, outputText, error, cause, history }) =>
      JSON.stringify({ input: spec.input, outputText, error, cause, history: history.events }),
    )
    .join('\n');
}

function places(): Map<string, string> {
  const { runtime } = month;
  return new Map([
    ['messages', messages.join('\n')],
    ['errors', thrown.join('\n')],
    ['executions', executions()],
    // What SES itself publishes names its recipient; our rules let none of it through, as the messages show.
    ['events', JSON.stringify(runtime.bus.events.filter(({ source }) => source !== 'aws.ses'))],
    ...[...runtime.functions.keys()].map((name) => [`log of ${name}`, runtime.logs.lines(name).join('\n')] as const),
  ]);
}

describe('a month in which everything goes wrong that can', () => {
  it('shows all that is to be searched: sends, failures, bounces, errors', async () => {
    const accepted = month.runtime.providers.inbox.messages();
    expect(accepted.filter(({ to }) => to.includes(CANARY)).length).toBeGreaterThan(40);
    expect(accepted.filter(({ to }) => to.includes('7391')).length).toBeGreaterThan(10);
    const classes = new Set((await month.notices()).flatMap(({ attempts }) => attempts.map((each) => each.class)));
    expect([...classes]).toEqual(expect.arrayContaining(['ACCEPTED', 'TEMPORARY', 'PERMANENT', 'UNKNOWN']));
    const became = (await month.notices()).flatMap(({ attempts }) => attempts.map((each) => each.became));
    expect(became).toEqual(expect.arrayContaining(['delivered', 'bounced']));
    expect(thrown.join('\n')).toContain('refused');
    expect(messages.some((message) => message.includes('-feedback') && message.includes('Bounce'))).toBe(true);
    expect(month.runtime.bus.events.length).toBeGreaterThan(60);
    for (const place of ['messages', 'errors', 'executions', 'events', 'log of tr1l-dev-send-email'])
      expect([place, (places().get(place) ?? '').length > 0]).toEqual([place, true]);
    // The last thousand lines are kept: none may have been lost.
    for (const name of month.runtime.functions.keys()) expect(month.runtime.logs.lines(name).length).toBeLessThan(1000);
  });

  it('tells nobody’s name, address or number', async () => {
    const accounts = [...new Set((await month.notices()).map(({ accountId }) => accountId))];
    const secrets = accounts.flatMap((accountId) => [
      emailOf(accountId),
      nameOf(accountId),
      phoneOf(accountId),
      phoneOf(accountId).replaceAll('-', ''),
      `+82${phoneOf(accountId).slice(1).replaceAll('-', '')}`,
    ]);
    expect(leaks(places(), [CANARY, '카나리아', '010-7391', '0107391', '+82107391', '@example.com'])).toEqual([]);
    expect(leaks(places(), secrets)).toEqual([]);
  });

  it('tells no amount of anybody’s bill', async () => {
    const amounts = new Set(
      (await month.notices()).map(({ amountDue }) => amountDue).filter((amount) => amount > 9999),
    );
    expect(amounts.size).toBeGreaterThan(40);
    for (const [place, text] of places()) {
      // As a number or as money is written; not as a part of an id, a time or a hash.
      const numbers = new Set(text.match(/(?<![\w.:-])(?:\d{1,3}(?:,\d{3})+|\d{5,8})(?![\w.-])/g) ?? []);
      const told = [...numbers].filter((number) => amounts.has(Number(number.replaceAll(',', '')) as never));
      expect([place, told]).toEqual([place, []]);
    }
  });
});
