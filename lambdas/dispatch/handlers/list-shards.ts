/**
 * Called by: the states ListOverdue and ListMonth, before a map over shards that are planned already.
 * Guarantees: it answers with every shard of the month; without a month, of the months whose notices may still wait.
 * Fails when: the control table does not answer (retried), or the month was never planned. It writes nothing.
 */
import { addMonths, seoulTime, type Instant, type Month } from '../../kernel/dates.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { monthShards, type MonthShards } from '../adapters/month-shards.ts';
import { listShardsEnv } from '../env.ts';
import { listShardsPayload } from '../payloads.ts';

export interface ListShardsDeps {
  readonly shards: MonthShards;
}

/** Billing months back from the present one. 1,024 shards of each are 140 KB; a state's output holds 256. */
const MONTHS_BACK = [0, 1, 2, 3];

const recentMonths = (now: Instant): Month[] => {
  const present = seoulTime(now).date.slice(0, 7) as Month;
  return MONTHS_BACK.map((back) => addMonths(present, -back));
};

export async function listShards(
  { shards }: ListShardsDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month } = decode(listShardsPayload, event, 'the question for shards');
  const found: { month: Month; shard: number }[] = [];
  for (const each of month === undefined ? recentMonths(clock.now()) : [month]) {
    const sharding = month === undefined ? await shards.find(each) : await shards.of(each);
    for (let shard = 0; shard < (sharding?.shardCount ?? 0); shard++) found.push({ month: each, shard });
  }
  log.info('SHARDS_LISTED', { shards: found.length });
  return { shards: found };
}

const deps = once((): ListShardsDeps => ({
  shards: monthShards(clients.dynamo(), readEnv(listShardsEnv).CONTROL_TABLE),
}));

export const handler = entryPoint('list-shards', (event, invocation) => listShards(deps(), event, invocation));
