/** What people do about a month, with the commands they do it with, on the whole stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runTr1lWith } from '../support/run-tr1l.ts';
import { MONTH, startScenario, type Scenario } from '../support/scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-operators-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a command against the scenario's stack. */
function operator({ runtime }: Scenario) {
  const outputs = join(folder, 'outputs.json');
  writeFileSync(outputs, JSON.stringify({ 'Tr1l-dev': runtime.outputs }));
  return (...words: string[]) => runTr1lWith(runtime.env('operator'), ...words, '--outputs', outputs);
}

const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a month that is asked about', () => {
  it('says what it is, and names an invoice whose notice is gone', async () => {
    const month = await startScenario({ accounts: 300 });
    try {
      const tr1l = operator(month);
      const early = await tr1l('dispatch', 'verify', MONTH);
      expect([early.code, early.stdout]).toEqual([2, '']);
      expect(early.stderr).toContain('2026-01 was never settled');
      await month.run();
      const whole = await tr1l('dispatch', 'verify', MONTH, '--json');
      expect([whole.code, JSON.parse(whole.stdout)]).toEqual([
        0,
        expect.objectContaining({ closed: true, differences: [] }),
      ]);
      const shownRun = await tr1l('run', 'show', MONTH);
      expect([shownRun.code, shownRun.stdout]).toEqual([0, expect.stringContaining('2026-01-r0001: APPROVED')]);
      expect(shownRun.stdout).toContain('300 accounts = ');
      expect(shownRun.stdout).not.toContain('✘');
      const proof = JSON.parse((await tr1l('run', 'show', MONTH, '--json')).stdout) as {
        totals: { amountDue: number };
      };
      expect(proof.totals.amountDue).toBe((await month.tally()).amountDue);
      const listed = await tr1l('rejections', 'list', MONTH, '--json');
      const rejected = linesOf(listed.stdout);
      expect(rejected.length).toBeGreaterThan(0);
      expect(rejected).toHaveLength((await month.tally()).rejections);
      expect(listed.stderr).toContain(`${rejected.length} account`);
      const [first] = rejected as { accountId: string; reasons: string[] }[];
      const shown = await tr1l('rejections', 'show', MONTH, first?.accountId ?? '');
      expect(shown.stdout).toContain(first?.reasons.join(', '));
      const billed = await tr1l('rejections', 'show', MONTH, String((await month.notices())[0]?.accountId));
      expect([billed.code, billed.stderr]).toEqual([2, expect.stringContaining('has no open rejection of 2026-01')]);
      const stranger = await tr1l('notice', 'show', MONTH, 'NOBODY');
      expect([stranger.code, stranger.stderr]).toEqual([2, 'tr1l: account NOBODY has no notice of 2026-01\n']);

      const [lost] = await month.notices();
      await month.removeNotice(lost?.noticeId ?? '', lost?.bucket ?? 0);
      const { code, stdout } = await tr1l('dispatch', 'verify', MONTH);
      expect(code).toBe(1);
      expect(stdout).toContain(`${lost?.noticeId ?? ''} is missing`);
    } finally {
      await month.stop();
    }
  });
});
