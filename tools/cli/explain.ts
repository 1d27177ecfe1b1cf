import type { Command } from 'commander';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';
import { billFiles } from '../billing/bill-files.ts';
import { explainBill } from '../explain/explain-bill.ts';
import { BILLED_FILES, brokenFiles } from './bill.ts';
import { compileCatalogFile, readJson, SHOWN } from './files.ts';
import { anyText, CallerFault, oneOf, option, optional, optionCommand } from './options.ts';

/** `tr1l explain`: one bill as a person reads it. */
export const explainCommand = (): Command =>
  optionCommand(
    'explain',
    "Explain one account's bill: each line with its rule and its arithmetic.",
    {
      ...BILLED_FILES,
      account: option('--account <id>', 'the account', anyText),
      locale: optional('--locale <ko|en>', "the language; the account's own when it is not given", oneOf(['ko', 'en'])),
    },
    async ({ catalogs: path, account: accountId, locale, ...files }) => {
      const catalogJson = readJson(path);
      const billed = await billFiles({ ...files, catalogs: compileCatalogFile(catalogJson, path) }, SHOWN);
      if (!billed.ok) throw brokenFiles(billed.faults);
      for await (const found of billed.results) {
        if (!isMembers(found.account) || found.account['accountId'] !== accountId) continue;
        const own = found.account['locale'] === 'en' ? 'en' : 'ko';
        process.stdout.write(`${explainBill(found, catalogJson, locale ?? own)}\n`);
        return;
      }
      throw new CallerFault(`${files.accounts} has no account ${accountId}`);
    },
  );
