/** The bucket of incoming files: what is to be imported, read and never written. */
import { GetObjectCommand, HeadObjectCommand, NotFound, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { ImportFileChanged } from '../domain/faults.ts';
import type { ReadBytes } from '../domain/record-file.ts';

export interface IncomingFile {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

export interface IncomingFiles {
  /** The object of a key, or null. */
  readonly find: (key: string) => Promise<IncomingFile | null>;
  /** All of it as text, or null. */
  readonly text: (key: string) => Promise<string | null>;
  /** Bytes of this very object; throws `ImportFileChanged` when another lies there now, or none. */
  readonly bytesOf: (file: Pick<IncomingFile, 'key' | 'etag'>) => ReadBytes;
}

/** Read at a time: what a request costs does not show, and a function's memory holds it. */
const WINDOW = 8 << 20;

export function incomingFiles(s3: S3Client, bucket: string): IncomingFiles {
  return {
    async find(key) {
      try {
        const { ETag = '', ContentLength = 0 } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return { key, etag: ETag, bytes: ContentLength };
      } catch (error) {
        if (error instanceof NotFound) return null;
        throw error;
      }
    },
    async text(key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToString('utf-8')) ?? '';
      } catch (error) {
        if (error instanceof NoSuchKey) return null;
        throw error;
      }
    },
    bytesOf: ({ key, etag }) =>
      async function* (start, end) {
        for (let at = start; at < end; at += WINDOW) {
          const Range = `bytes=${at}-${Math.min(at + WINDOW, end) - 1}`;
          const request = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range });
          const { Body } = await s3.send(request).catch((error: unknown) => {
            throw isAnother(error) ? changed(key) : error;
          });
          yield Buffer.from((await Body?.transformToByteArray()) ?? []);
        }
      },
  };
}

const isAnother = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof Error && error.name === 'PreconditionFailed');

const changed = (key: string): ImportFileChanged =>
  new ImportFileChanged(
    `${key} is not the file any more that this import began with; what was read of it holds no longer. Start a new execution.`,
  );
