/** What ends an import on AWS. Each name is a literal that the state machine knows (contracts/import-faults.ts); none is worth a retry. */
import { IMPORT_FAULTS } from '../../contracts/import-faults.ts';
import { sentenceOf, type ImportRefused, type InputRefused } from './sentences.ts';

export class InvalidImportInput extends Error {
  override readonly name = IMPORT_FAULTS.invalidInput;
}

/** The file was replaced or removed since the import began: start a new execution. */
export class ImportFileChanged extends Error {
  override readonly name = IMPORT_FAULTS.fileChanged;
}

const NAMES: Readonly<Record<(ImportRefused | InputRefused)['outcome'], string>> = {
  'catalogs-refused': IMPORT_FAULTS.catalogRefused,
  'records-refused': IMPORT_FAULTS.recordsRefused,
  'no-accounts': IMPORT_FAULTS.noAccounts,
  'run-open': IMPORT_FAULTS.runOpen,
  'buckets-differ': IMPORT_FAULTS.bucketCountDiffers,
  'pointer-moved': IMPORT_FAULTS.pointerMoved,
};

/** The month's import is as it was. The message is the sentence that a person reads at the command line, too. */
export class ImportNotMade extends Error {
  constructor(why: ImportRefused | InputRefused, month: string) {
    super(sentenceOf(why, month).sentence);
    this.name = NAMES[why.outcome];
  }
}
