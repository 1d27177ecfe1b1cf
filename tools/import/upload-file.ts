/** Uploads a file of any size to S3. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Uploaded at a time. S3 takes 10,000 pieces of an object, and one of 5 GB at most. */
const PIECE = 64 << 20;

export interface UploadedFile {
  readonly key: string;
  readonly bytes: number;
}

/**
 * Puts a file under a key that `keyOf` makes of its SHA-256, so that the same file again lies in the same place. It is
 * read twice; one that changes meanwhile is refused.
 */
export async function uploadFile(
  s3: S3Client,
  bucket: string,
  path: string,
  keyOf: (digest: string) => string,
  pieceBytes = PIECE,
): Promise<UploadedFile> {
  const hash = createHash('sha256');
  const sizes: number[] = [];
  for await (const piece of piecesOf(path, pieceBytes)) {
    hash.update(piece);
    sizes.push(piece.length);
  }
  const digest = hash.digest('hex');
  const key = keyOf(digest);
  const place = { Bucket: bucket, Key: key };
  if (sizes.length > 1) await uploadPieces(s3, place, unchanged(path, pieceBytes, digest));
  else {
    let body = Buffer.alloc(0);
    for await (const piece of unchanged(path, pieceBytes, digest)) body = piece;
    await s3.send(new PutObjectCommand({ ...place, Body: body }));
  }
  return { key, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function uploadPieces(
  s3: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  try {
    const Parts: { readonly ETag: string | undefined; readonly PartNumber: number }[] = [];
    for await (const Body of pieces) {
      const PartNumber = Parts.length + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand({ ...place, UploadId }));
    throw error;
  }
}

/** The pieces of a file; throws after the last when they are not those of the digest. */
async function* unchanged(path: string, pieceBytes: number, digest: string): AsyncGenerator<Buffer<ArrayBuffer>> {
  const hash = createHash('sha256');
  for await (const piece of piecesOf(path, pieceBytes)) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== digest) throw new Error(`${path} changed while it was uploaded`);
}

/** The file, a piece at a time; all but the last are full. */
async function* piecesOf(path: string, pieceBytes: number): AsyncGenerator<Buffer<ArrayBuffer>> {
  const file = await open(path);
  try {
    for (;;) {
      const buffer = Buffer.alloc(pieceBytes);
      let filled = 0;
      for (let got = -1; got !== 0 && filled < pieceBytes; filled += got)
        got = (await file.read(buffer, filled, pieceBytes - filled)).bytesRead;
      if (filled > 0) yield buffer.subarray(0, filled);
      if (filled < pieceBytes) return;
    }
  } finally {
    await file.close();
  }
}
