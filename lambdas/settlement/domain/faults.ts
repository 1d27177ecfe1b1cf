/** What ends a run. Each name is a literal that the state machine knows (contracts/run-faults.ts); none is worth a retry. */
import { RUN_FAULTS } from '../../contracts/run-faults.ts';

export class InvalidRunInput extends Error {
  override readonly name = RUN_FAULTS.invalidInput;
}

export class BucketCountDiffers extends Error {
  override readonly name = RUN_FAULTS.bucketCountDiffers;
}

/** The catalog file has faults: no account may be billed by it. The message names each with its path. */
export class CatalogRefused extends Error {
  override readonly name = RUN_FAULTS.catalogRefused;
}

export class RunDoesNotBalance extends Error {
  override readonly name = RUN_FAULTS.doesNotBalance;
}

/** Nobody has to wait: the run's decision stands. */
export class RunIsDecided extends Error {
  override readonly name = RUN_FAULTS.isDecided;
}
