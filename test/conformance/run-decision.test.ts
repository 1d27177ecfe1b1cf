/** A run with a conflict waits for a person: one write decides, whoever waits is woken, and nobody waits for a decided run. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { awaitDecision } from '../../lambdas/settlement/handlers/await-decision.ts';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { decideRun, readDeciding, type Deciding } from '../../tools/ops/decide-run.ts';
import { needsPerson, readRunStory } from '../../tools/ops/run-story.ts';
import { runText } from '../../tools/ops/run-text.ts';
import { MONTH } from '../support/billing-golden.ts';
import {
  accountKey,
  everyShard,
  execution,
  invocation,
  open,
  startSettlementTables,
  type Item,
  type Opened,
  type SettlementTables,
} from '../support/settlement-tables.ts';

const LATER = '2026-03-02T01:00:00.000Z' as Instant;
const PERSON = { by: 'kim', reason: 'agreed with the customer' };
let tables: SettlementTables;
let run: Opened;
/** The account whose invoice conflicts, and its record as it was. */
let account: string;
let original: Item;

const close = () => closeRun(tables.deps, run, invocation);
const record = async () => (await tables.deps.runs.readRun(MONTH, 1)) ?? expect.fail('the run is not known');
const deciding = async (): Promise<Deciding> => readDeciding(tables.deps.runs, await record());
const decide = async (status: 'APPROVED' | 'REJECTED', person = PERSON) =>
  decideRun(tables.deps.runs, await deciding(), status, person, LATER);
const wait = (token: string) =>
  awaitDecision(tables.deps, { month: MONTH, runId: run.runId, token, executionId: execution(token) }, invocation);

const storedAccount = async (accountId: string): Promise<Item> =>
  (await tables.items('accounts')).find(({ sk }) => sk === accountId) ?? expect.fail('no such account');
const changeAccount = async (accountId: string): Promise<void> => {
  const stored = await storedAccount(accountId);
  const changed = { ...(JSON.parse(String(stored['account'])) as Item), arrears: { nonTaxable: 123_456 } };
  await tables.put('accounts', { ...accountKey(accountId), account: JSON.stringify(changed) });
};

beforeEach(async () => {
  tables = await startSettlementTables(40);
  run = await open(tables.deps);
  await everyShard(tables.deps, run, settleShard);
  account = String((await tables.items('invoices'))[0]?.['sk']).replace(/#.*/, '');
  original = await storedAccount(account);
  await changeAccount(account);
  await everyShard(tables.deps, run, settleShard);
  await everyShard(tables.deps, run, verifyShard);
});
afterEach(() => tables.stop());

describe('a run with a conflict', () => {
  it('waits on the digest of its proofs, since the first time it was closed', async () => {
    expect(await close()).toEqual({ outcome: 'waits', month: MONTH, runId: run.runId });
    const waits = { since: '2026-03-01T03:00:00.000Z', proofDigest: (await deciding()).proofDigest };
    expect(await record()).toMatchObject({ status: 'OPEN', waits, approvedAt: null, proofDigest: null });
    const before = await tables.items('runs');
    const later = { ...invocation, clock: { ...invocation.clock, now: () => LATER } };
    await closeRun(tables.deps, run, later);
    expect(await tables.items('runs')).toEqual(before);
  });

  it('is shown with its conflicts, and with what can be done', async () => {
    await close();
    await wait('token-1');
    const story = (await readRunStory(tables.deps.runs, MONTH, 1)) ?? expect.fail('the run is not known');
    expect(needsPerson(story)).toBe(true);
    const text = runText(story);
    expect(text).toContain('OPEN, waits for a person since 2026-03-01T03:00:00.000Z');
    expect(text).toMatch(new RegExp(`${account} +stored [\\d,]+ won, comes to [\\d,]+ won now`));
    expect(text).toContain('1 of 1 shard is proved');
    expect(text).toContain('1 execution has come to wait');
    expect(text).toContain(`tr1l run approve ${MONTH} --run 1`);
  });

  it('is approved as it is stored: nothing is overwritten, and whoever waits is woken', async () => {
    await close();
    await wait('token-1');
    await wait('token-2');
    const before = await tables.items('invoices');
    expect(await decide('APPROVED')).toMatchObject({
      status: 'APPROVED',
      decision: { at: LATER, ...PERSON },
      waits: null,
    });
    const woken: string[][] = [];
    const deps = {
      ...tables.deps,
      wake: (tokens: readonly string[]) => Promise.resolve(woken.push([...tokens])),
    };
    expect(await closeRun(deps, run, invocation)).toMatchObject({
      outcome: 'approved',
      approvedAt: LATER,
      runId: run.runId,
    });
    expect(woken.map((tokens) => tokens.sort())).toEqual([['token-1', 'token-2']]);
    expect(await tables.items('invoices')).toEqual(before);
    expect(await open(tables.deps, 'two')).toMatchObject({ outcome: 'already-approved', approvedAt: LATER });
    expect(runText((await readRunStory(tables.deps.runs, MONTH, 1)) ?? expect.fail())).toContain(
      `APPROVED since ${LATER} by kim: agreed with the customer`,
    );
  });

  it('is decided once, whoever decides at once', async () => {
    await close();
    const looked = await deciding();
    const ends = await Promise.all(
      (['APPROVED', 'REJECTED', 'APPROVED', 'REJECTED'] as const).map((status, index) =>
        decideRun(tables.deps.runs, looked, status, { by: `person ${index}`, reason: status }, LATER),
      ),
    );
    for (const end of [...ends, await record()]) expect(end).toEqual(ends[0]);
    expect(ends[0]?.status).toBe(ends[0]?.decision?.reason);
  });

  it('is not approved on proofs that have changed since they were looked at', async () => {
    await close();
    const looked = await deciding();
    const [second = ''] = (await tables.items('invoices'))
      .map(({ sk }) => String(sk).replace(/#.*/, ''))
      .filter((each) => each !== account);
    await changeAccount(second);
    await everyShard(tables.deps, run, settleShard);
    await everyShard(tables.deps, run, verifyShard);
    expect((await deciding()).notApprovable).toContain('being made anew');
    await close();
    expect(await decideRun(tables.deps.runs, looked, 'APPROVED', PERSON, LATER)).toMatchObject({ status: 'OPEN' });
    expect((await deciding()).conflicts.map(({ accountId }) => accountId).sort()).toEqual([account, second].sort());
    expect(await decide('APPROVED')).toMatchObject({ status: 'APPROVED' });
  });

  it('that is decided lets nobody wait', async () => {
    await close();
    await decide('APPROVED');
    await expect(wait('late')).rejects.toMatchObject({ name: 'RunIsDecided' });
    expect(await tables.deps.runs.readTokens(run.runId)).toEqual(['late']);
  });

  it('is approved by itself once the conflict is gone, and wakes whoever waits', async () => {
    await close();
    await wait('token-1');
    await tables.put('accounts', original);
    await everyShard(tables.deps, run, settleShard);
    await everyShard(tables.deps, run, verifyShard);
    const woken: string[] = [];
    const wake = (tokens: readonly string[]) => Promise.resolve(woken.push(...tokens));
    expect(await closeRun({ ...tables.deps, wake }, run, invocation)).toMatchObject({ outcome: 'approved' });
    expect([woken, await record()]).toMatchObject([['token-1'], { status: 'APPROVED', decision: null, waits: null }]);
  });
});

describe('a run that is rejected', () => {
  it('ends: it is not settled, verified, closed or opened any more, and says so', async () => {
    await close();
    expect(await decide('REJECTED')).toMatchObject({ status: 'REJECTED', approvedAt: null, decision: PERSON });
    const before = [await tables.items('invoices'), await tables.items('runs')];
    expect(await close()).toEqual({ outcome: 'rejected', month: MONTH, runId: run.runId });
    for (const work of [settleShard, verifyShard])
      expect(await work(tables.deps, { ...run, shard: 0 }, invocation)).toMatchObject({ outcome: 'already-decided' });
    await expect(open(tables.deps, 'two')).rejects.toMatchObject({
      name: 'InvalidRunInput',
      message: expect.stringContaining('was rejected (agreed with the customer)') as string,
    });
    expect([await tables.items('invoices'), await tables.items('runs')]).toEqual(before);
  });

  it('may be one that does not balance, which nobody can approve', async () => {
    const [lost = {}] = await tables.items('rejections');
    await tables.remove('rejections', lost);
    await everyShard(tables.deps, run, verifyShard);
    await expect(close()).rejects.toMatchObject({ name: 'RunDoesNotBalance' });
    expect((await deciding()).notApprovable).toContain(`missing ${String(lost['sk'])}`);
    expect(await decide('APPROVED')).toMatchObject({ status: 'OPEN' });
    expect(await decide('REJECTED')).toMatchObject({ status: 'REJECTED' });
  });
});
