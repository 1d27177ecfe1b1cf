/**
 * A file's records, in blocks of 1,000 lines. A block is the unit of the digest and the only place where a file may be
 * cut: so a file has the same digest, whoever reads it, in however many parts (ADR on parts and digests).
 */

/** The digest of every import hangs on it: another number, and the same files are another import. */
export const BLOCK_LINES = 1000;

/** The block of a record, by the line on which it begins; 0 the first. */
export const blockOf = (line: number): number => Math.floor((line - 1) / BLOCK_LINES);

/** What the records of a block come to: its number, and the SHA-256 over each record's line and JSON, in hex. */
export type BlockDigest = readonly [block: number, digest: string];
