/** Names of the errors that end a settlement run: thrown by its functions, caught by name in its state machine. */
export const RUN_FAULTS = {
  /** The execution's input, or what it refers to, does not allow a run. Its message says what is allowed. */
  invalidInput: 'InvalidRunInput',
  /** The deployment's bucket count is not the one its data was written with. Nothing may run. */
  bucketCountDiffers: 'BucketCountDiffers',
  /** The catalog file of the import is faulty: no account is billed. */
  catalogRefused: 'CatalogRefused',
  /** Accounts, invoices and rejections are not the same sets, or sums differ: a person must look. */
  doesNotBalance: 'RunDoesNotBalance',
  /** Not a failure: a run that was to wait for a person has its decision by now. The machine goes back to CloseRun. */
  isDecided: 'RunIsDecided',
} as const;
