/** Files of any size come to lie in S3 as they are. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startQueuesAndObjects, type Emulator } from '../../tools/local/emulators.ts';
import { uploadFile } from '../../tools/import/upload-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-upload-'));
/** The smallest that S3 takes for a piece that is not the last. */
const PIECE = 5 << 20;
let emulator: Emulator;
let s3: S3Client;

beforeAll(async () => {
  emulator = await startQueuesAndObjects((problem) => {
    throw problem;
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  s3 = new S3Client({ endpoint: emulator.url, region: 'ap-northeast-2', credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'incoming' }));
});
afterAll(async () => {
  s3.destroy();
  await emulator.stop();
  rmSync(folder, { recursive: true });
});

it.each([
  ['is empty', 0],
  ['is smaller than a piece', 1000],
  ['is exactly two pieces', 2 * PIECE],
  ['is two pieces and a bit', 2 * PIECE + 7],
])('a file that %s', async (_, bytes) => {
  const content = randomBytes(bytes);
  const path = join(folder, String(bytes));
  writeFileSync(path, content);
  const upload = () => uploadFile(s3, 'incoming', path, (digest) => `incoming/${digest}`, PIECE);
  const uploaded = await upload();
  expect(uploaded.bytes).toBe(bytes);
  expect(await upload()).toEqual(uploaded);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'incoming', Key: uploaded.key }));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
});
