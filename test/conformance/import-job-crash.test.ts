/** An import that is cut at any of its writes and made again ends in the bytes of one that was not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MONTH } from '../support/billing-golden.ts';
import { bytesIn, filesOf, openedIn, runImport, upload, wireImport, type JobClients } from '../support/import-job.ts';
import { startImportPlace, type ImportPlace } from '../support/import-place.ts';

let place: ImportPlace;
beforeAll(async () => {
  place = await startImportPlace();
});
afterAll(() => place.stop());

class Killed extends Error {}

/** Clients that die at their `nth` request together and stay dead, as a killed process does; before it is sent, or after it took effect. */
function killedAt(nth: number, cut: 'before' | 'after'): JobClients & { readonly requests: () => string[] } {
  const clients = place.newClients();
  const requests: string[] = [];
  for (const client of Object.values(clients))
    (client.middlewareStack as unknown as { add: (run: unknown, options: object) => void }).add(
      (next: (args: unknown) => Promise<unknown>, { commandName }: { commandName: string }) =>
        async (args: unknown) => {
          const request = requests.push(commandName);
          if (request > nth || (request === nth && cut === 'before')) throw new Killed();
          const answer = await next(args);
          if (request === nth) throw new Killed();
          return answer;
        },
      { step: 'initialize' },
    );
  return { ...clients, requests: () => requests };
}

/** Two parts of accounts and one of usage: it is made again for every write of it. */
const SMALL = filesOf([12, 100], [8, 100]);

describe('an import that is cut at any of its writes', () => {
  it.each(['before', 'after'] as const)(
    'ends in the same bytes when it is made again (%s it took effect)',
    async (cut) => {
      await place.clear();
      const input = await upload(place.place.s3, MONTH, SMALL);
      const counted = killedAt(Infinity, 'before');
      const result = await runImport(wireImport(counted, place, 1), input);
      const undisturbed = await openedIn(place);
      const requests = counted.requests();
      expect(requests.length).toBeGreaterThan(40);
      for (const [index, command] of requests.entries()) {
        // A cut at a request that only reads leaves what a cut after the write before it does.
        if (/^(Get|Head|BatchGet|Query|Decrypt)/.test(command)) continue;
        const nth = index + 1;
        await place.clear();
        const clients = killedAt(nth, cut);
        const end = await runImport(wireImport(clients, place, 1), input).catch((error: unknown) => error);
        expect(end, `request ${nth}`).toBeInstanceOf(Killed);
        const stored = await bytesIn(place);
        const again = await runImport(wireImport(place.place, place, 1), input);
        expect({ ...again, outcome: 'imported' }, `request ${nth}`).toEqual(result);
        expect(await openedIn(place), `request ${nth}`).toEqual(undisturbed);
        // What was stored before the cut is what is stored now, to the last byte.
        const now = await bytesIn(place);
        for (const table of ['accounts', 'usage'] as const)
          expect(now[table], `request ${nth}`).toEqual(expect.arrayContaining(stored[table]));
        for (const client of [clients.dynamo, clients.s3, clients.kms]) client.destroy();
      }
    },
  );
});
