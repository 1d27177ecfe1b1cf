/** Names of the errors that end an import: thrown by its functions, known to its state machine by name. */
export const IMPORT_FAULTS = {
  /** The execution's input, or what it names, is no import. Its message says what is allowed. */
  invalidInput: 'InvalidImportInput',
  /** The catalog file has faults: nothing is imported. */
  catalogRefused: 'CatalogRefused',
  /** Records cannot be kept, or stand twice: nothing is imported. */
  recordsRefused: 'RecordsRefused',
  /** The files hold no account: an empty month would take the place of a full one. */
  noAccounts: 'ImportHasNoAccounts',
  /** The month has a run that has pinned its import. */
  runOpen: 'MonthHasOpenRun',
  /** The deployment's bucket count is not the one its data was written with. */
  bucketCountDiffers: 'BucketCountDiffers',
  /** Another import came into force while this one was made. */
  pointerMoved: 'ImportInForceMoved',
  /** A file is not the one any more that the import began with. */
  fileChanged: 'ImportFileChanged',
} as const;
