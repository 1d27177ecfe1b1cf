/** What the bench tells beside its table of ratios. Pure. */
import type { WorkersRow } from './bench-workers.ts';
import { dollarsOf, infrastructureDollars, PRICES, type Priced, type Uses } from './cost.ts';
import { WRITE_UNIT_BYTES, type ItemSizes } from './item-bytes.ts';
import { aligned } from './rows.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const sizesText = ({ p50, p95, max, withinUnit }: ItemSizes): string =>
  `Invoice items: ${percent(withinUnit)} within one write unit (${whole(WRITE_UNIT_BYTES)} bytes); ` +
  `p50 ${whole(p50)}, p95 ${whole(p95)}, max ${whole(max)} bytes.`;

const NAMES: Readonly<Record<Priced, string>> = {
  writeUnit: 'DynamoDB write units',
  readUnit: 'DynamoDB read units',
  sqsRequest: 'SQS requests',
  lambdaRequest: 'Lambda requests',
  transition: 'state transitions',
  email: 'emails (SES)',
};

export function costText(uses: Uses): string {
  const dollars = (value: number): string => value.toFixed(2);
  const lines = (Object.keys(PRICES) as Priced[]).map((priced) => [
    NAMES[priced],
    whole(uses[priced]),
    dollars(dollarsOf(uses, priced)),
  ]);
  return [
    'A month of 1,000,000 accounts, by what this one used:',
    aligned([['', 'used', 'USD'], ...lines], 1),
    `${dollars(infrastructureDollars(uses))} USD without the emails. SMS are priced by contract, Lambda's compute time by what AWS measures: neither is counted.`,
  ].join('\n');
}

export const workersText = (rows: readonly WorkersRow[]): string =>
  [
    'Emails when the provider takes 1 s for each, by the concurrency of the email worker (10 in a batch):',
    aligned(
      [
        ['workers', 'at most/s', 'measured/s', 'machine busy', '1M take'],
        ...rows.map(({ workers, atMost, perSecond, busy, millionHours }) => [
          String(workers),
          whole(atMost),
          whole(perSecond),
          percent(busy),
          hours(millionHours),
        ]),
      ],
      0,
    ),
  ].join('\n');

function hours(value: number): string {
  const minutes = Math.round(value * 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
