/** `tr1l dispatch schedule`, `now` and `cancel`: when a month goes out, where a person decides it instead of the policy. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { cancelled } from '../../lambdas/dispatch/domain/month-order.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { local } from '../ops/notice-story.ts';
import { closedMonth, reserve, type OrderDeps } from '../ops/order-month.ts';
import { counted } from './files.ts';
import { APPLY, CallerFault, month, option, optionCommand, REASON, seoulTimeText, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const MONTH = word('month', 'the billing month, YYYY-MM', month);
const COMMON = { reason: REASON, apply: APPLY, ...STACK };

export const scheduleCommand = (): Command =>
  optionCommand(
    'schedule',
    'Reserve when a month goes out, instead of the schedule of its policy. A dry run unless --apply is given.',
    {
      month: MONTH,
      at: option(
        '--at <time>',
        'local time in Seoul, "2026-02-10 09:00"; a day past the end means the last',
        seoulTimeText,
      ),
      ...COMMON,
    },
    async ({ month, at, reason, apply, outputs, stack }) => {
      const { deps, change, refuseClosed } = connectOrders(outputs, stack, month);
      if (at <= clock.now())
        throw new CallerFault(`--at ${local(at)} is over: "tr1l dispatch now ${month}" sends what still waits`);
      const seen = await deps.orders.read(month);
      if (seen.order.isPlanned) await refuseClosed(month);
      const what = seen.order.isPlanned
        ? `the notices of ${month} that were never tried and still wait go at ${local(at)}`
        : `the notices of ${month} will be planned for ${local(at)}`;
      const sentence = `${what}, or when the quiet time is over, and never later than their due dates allow`;
      if (apply) {
        await change('dispatch schedule', reason, `reserved for ${local(at)}`, () =>
          reserve(deps, month, seen, at, at),
        );
      }
      tell(apply, sentence);
    },
  );

export const nowCommand = (): Command =>
  optionCommand(
    'now',
    'Send what of a month is planned and still waits, at once or when the quiet time is over. A dry run unless --apply is given.',
    { month: MONTH, ...COMMON },
    async ({ month, reason, apply, outputs, stack }) => {
      const { deps, change, refuseClosed } = connectOrders(outputs, stack, month);
      const seen = await deps.orders.read(month);
      if (!seen.order.isPlanned) throw notPlanned(month);
      await refuseClosed(month);
      if (apply) {
        await change('dispatch now', reason, 'what was never tried and still waits is due', () =>
          reserve(deps, month, seen, clock.now(), null),
        );
      }
      tell(
        apply,
        `the notices of ${month} that were never tried and still wait go now, or when the quiet time is over; ` +
          'what was tried keeps its own turn, and what a person holds stays held',
      );
    },
  );

export const cancelCommand = (): Command =>
  optionCommand(
    'cancel',
    "Cancel a month's reservation that has not been carried out. A dry run unless --apply is given.",
    { month: MONTH, ...COMMON },
    async ({ month, reason, apply, outputs, stack }) => {
      const { deps, change } = connectOrders(outputs, stack, month);
      const seen = await deps.orders.read(month);
      const cancellation = cancelled(seen.order, clock.now());
      switch (cancellation.kind) {
        case 'none':
          throw new CallerFault(`${month} has no reservation`);
        case 'cancelled-already':
          throw new CallerFault(`the reservation of ${month} is cancelled already`);
        case 'carried-out':
          throw new CallerFault(
            `the reservation of ${month} was carried out at ${local(seen.order.reservedAt ?? clock.now())}; ` +
              '"tr1l dispatch pause" stops what still waits',
          );
        case 'before-planning':
        case 'planned': {
          const sentence =
            cancellation.kind === 'planned'
              ? `nothing of ${month} goes until "tr1l dispatch schedule" or "now"; "tr1l dispatch verify" shows what waits`
              : `the notices of ${month} will be planned by the schedule of the policy`;
          if (apply) {
            await change('dispatch cancel', reason, sentence, () => deps.orders.write(month, cancellation.order, seen));
          }
          tell(apply, sentence);
        }
      }
    },
  );

export const tell = (apply: boolean, sentence: string): void => {
  process.stdout.write(`${apply ? '' : 'dry run, nothing changed; with --apply: '}${sentence}\n`);
};

const changedMeanwhile = (month: Month): CallerFault =>
  new CallerFault(`the order of ${month} was changed by someone else, or its plan began, meanwhile: look again`);

const notPlanned = (month: Month): CallerFault =>
  new CallerFault(`no notice of ${month} is planned yet; "tr1l dispatch schedule" reserves when they go`);

export function connectOrders(outputs: string, stack: string, month: Month) {
  const names = ['ControlTable', 'AuditTable', 'NoticesTable', 'BucketCount', 'DispatchRunArn'] as const;
  const place = namedOutputs(outputs, stack, names);
  const dynamo = new DynamoDBClient({});
  const deps: OrderDeps = {
    orders: monthOrders(dynamo, place.ControlTable),
    sfn: new SFNClient({}),
    dispatchRunArn: place.DispatchRunArn,
  };
  const append = auditOf(dynamo, place.AuditTable, clock.now);
  /** Changes the order with its entries; throws when someone else's change came between. */
  const change = async (command: string, reason: string, outcome: string, write: () => Promise<boolean>) => {
    const isDone = await audited(append, { command, target: month, reason, outcome }, write, (done) =>
      done ? {} : { outcome: 'refused: the order was changed meanwhile' },
    );
    if (!isDone) throw changedMeanwhile(month);
  };
  const ledger = noticeLedger(dynamo, place.NoticesTable);
  const bucketCount = Number(place.BucketCount);
  const refuseClosed = async (of: Month): Promise<void> => {
    const states = await closedMonth(ledger, of, bucketCount);
    if (states === null) return;
    const standing = Object.entries(states).map(([state, count]) => `${counted(count, 'notice')} ${state}`);
    throw new CallerFault(`nothing of ${of} waits any more: ${standing.join(', ') || 'it has no notice'}`);
  };
  return { deps, change, refuseClosed, ledger, bucketCount };
}
