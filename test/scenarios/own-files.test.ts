/** `npm start` with a person's own files, as a person calls it: from the files to the last SMS, and what is printed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { goldenFile, runTr1l } from '../support/run-tr1l.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const { folder, file } = temporaryFiles();

const account = (accountId: string, change: object) =>
  JSON.stringify({
    ...{ accountId, name: '김도연', email: 'doyeon@example.com', phone: '+821000000001', dueDay: 25 },
    ...change,
  });
const line = (planId: string) => [{ lineId: 'L1', plans: [{ planId, from: '2025-03-01' }] }];

const ACCOUNTS = [
  account('BY-EMAIL', { lines: line('LTE-33'), locale: 'en' }),
  account('BY-SMS', { lines: line('BASIC-12'), dispatch: { channels: ['sms'] } }),
  account('NO-ADDRESS', { lines: line('BASIC-12'), name: null, email: null, phone: null }),
  account('NOTHING-DUE', {}),
  account('BAD-PLAN', { lines: line('NO-SUCH-PLAN') }),
  account('BAD-PREFERENCE', { lines: line('LTE-33'), dispatch: { day: 40 } }),
];
const USAGE = [
  'accountId,month,lineId,dataMb,voiceSec,messages,paymentMerchant,paymentAmount,paymentKind',
  'BY-EMAIL,2025-06,L1,1600,60,210,"Shop, the",5500,micro',
  'BY-EMAIL,2025-06,L1,,,,Films,3300,content',
  'BY-EMAIL,2025-05,L1,99999,,,,,',
  'STRANGER,2025-06,L1,10,,,,,',
];

it(
  'settles and sends a month of them, leaves out what may be left out, and balances to the won',
  { timeout: 300_000 },
  () => {
    const out = join(folder, 'out');
    const { code, stdout, stderr } = runTr1l(
      ...['start', '--accounts-file', file('accounts.jsonl', ...ACCOUNTS), '--usage-file', file('usage.csv', ...USAGE)],
      ...['--catalogs-file', goldenFile('catalogs.json'), '--month', '2025-06', '--max-refused', '1'],
      ...['--out', out, '--json', '--time-scale', '100'],
    );
    expect([code, stderr]).toEqual([
      0,
      `refused, all listed in ${out}/refused.jsonl:
  ${folder}/accounts.jsonl:6: dispatch.day: must be a day from 1 to 31
1 refused record left out, as --max-refused allows
`,
    ]);
    // LTE-33 is 33,000 with 1,500 MB and 200 messages: 100 × 0.275 = 27 and 10 × 22 = 220 above them, and payments of
    // 8,800: 42,047, in tens 42,040. BASIC-12 is 12,100, twice.
    expect(stdout).toContain(`2025-06: everything balances

  ✔ 6 accounts in the file = 5 imported + 1 refused
  ✔ 3 usage records in the file = 3 imported + 0 refused
  ✔ 3 usage records = 1 billed + 0 of rejected accounts + 2 of another month or no account
  ✔ 5 accounts = 4 invoices + 1 rejection
  ✔ 66,240 won on the invoices = 66,240 won in the run's proof
  ✔ 4 notices = 4 invoices
  ✔ 66,240 won in the notices = 66,240 won on the invoices
  ✔ 4 notices = 1 by email + 1 by SMS + 1 skipped + 1 undeliverable + 0 not final
  ✔ what the providers accepted = what the ledger says was sent (1 email, 1 SMS)
  ✔ nobody was notified twice
`);
    expect(stdout).toContain('UNKNOWN_PLAN 1\n');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ...{ month: '2025-06', accounts: 5, invoices: 4, rejections: 1, amountDue: 66_240, balanced: true },
      first: { issued: 4, sentEmail: 1, sentSms: 1, undeliverable: 1, held: 0, skipped: 1 },
    });
    const sent = readFileSync(join(out, 'inbox.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { noticeId: string; channel: string; text: string });
    expect(sent.map(({ noticeId, channel }) => `${noticeId} ${channel}`).sort()).toEqual([
      '2025-06_BY-EMAIL_0001 email',
      '2025-06_BY-SMS_0001 sms',
    ]);
    expect(sent.find(({ channel }) => channel === 'email')?.text).toContain('42,040');
  },
);
