import { expect, it } from 'vitest';
import { inOrder, type LeftOut } from '../../../tools/ops/left-out.ts';

const never = (accountId: string): LeftOut => ({ why: 'never-issued', accountId, runId: 'R' });
const late = (accountId: string): LeftOut => ({ why: 'in-no-run', accountId, importId: 'I' });

it('puts the accounts of each kind in the order of their ids, as far as they can be held', async () => {
  const given = [never('C'), never('A'), never('B'), late('E'), late('D'), late('G'), late('F')];
  const ids = async (most?: number): Promise<string> => {
    const found: string[] = [];
    for await (const { accountId } of inOrder(streamed(given), most)) found.push(accountId);
    return found.join('');
  };
  expect(await ids()).toBe('ABCDEFG');
  expect(await ids(2)).toBe('ACBDEFG');
});

async function* streamed(accounts: readonly LeftOut[]): AsyncGenerator<LeftOut> {
  yield* accounts;
  await Promise.resolve();
}
