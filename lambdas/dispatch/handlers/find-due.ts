/**
 * Called by: the state FindDue, after a plan and in every wave.
 * Guarantees: it answers with every due marker of every slot up to now, missed slots too, the oldest first.
 * Fails when: the control table does not answer (retried). It writes nothing but the clearing of slots long empty.
 */
import { epochMs, instantOf } from '../../kernel/dates.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dueMarkers, type DueMarkers } from '../adapters/due-markers.ts';
import { findDueEnv } from '../env.ts';
import { findDuePayload } from '../payloads.ts';

/** A state's output holds 256 KiB, a marker some 100 bytes; what is above comes with the next wave. */
const MOST_MARKERS = 2000;
/** Nobody puts a marker into a slot that is over, so an empty one of yesterday stays empty. */
const FORGET_AFTER_MS = 24 * 3_600_000;

export interface FindDueDeps {
  readonly markers: DueMarkers;
}

export async function findDue(
  { markers }: FindDueDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month } = decode(findDuePayload, event, 'the question for due markers');
  const now = clock.now();
  const all = await markers.due(now, instantOf(epochMs(now) - FORGET_AFTER_MS));
  const asked = month === undefined ? all : all.filter((marker) => marker.month === month);
  const due = asked.slice(0, MOST_MARKERS);
  log.info('DUE_FOUND', { due: due.length, leftForTheNextWave: asked.length - due.length });
  return { due };
}

const deps = once((): FindDueDeps => ({ markers: dueMarkers(clients.dynamo(), readEnv(findDueEnv).CONTROL_TABLE) }));

export const handler = entryPoint('find-due', (event, invocation) => findDue(deps(), event, invocation));
