/** Catalog files in the S3 emulator: what is read is what was pinned, or nothing. */
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../lambdas/platform/digest.ts';
import { catalogKey } from '../../lambdas/kernel/ids.ts';
import { catalogStore } from '../../lambdas/settlement/adapters/catalog-store.ts';
import { startQueuesAndObjects, type Emulator } from '../../tools/local/emulators.ts';
import { catalogJson, MONTH } from '../support/billing-golden.ts';

let emulator: Emulator;
let s3: S3Client;

beforeAll(async () => {
  emulator = await startQueuesAndObjects((problem) => {
    throw problem;
  });
  s3 = new S3Client({
    endpoint: emulator.url,
    region: 'ap-northeast-2',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await s3.send(new CreateBucketCommand({ Bucket: 'catalogs' }));
});
afterAll(async () => {
  s3.destroy();
  await emulator.stop();
});

const put = (digest: string, text: string): Promise<unknown> =>
  s3.send(new PutObjectCommand({ Bucket: 'catalogs', Key: catalogKey(digest), Body: text }));
const read = (digest: string) => catalogStore(s3, 'catalogs').read(digest);

describe('a catalog file', () => {
  it('is read by its digest, whatever the order of its keys and its spaces', async () => {
    const turned = catalogJson.map((version) => Object.fromEntries(Object.entries(version).toReversed()));
    await put(digestOf(catalogJson), JSON.stringify(turned, null, 2));
    expect((await read(digestOf(catalogJson))).in(MONTH).catalog?.catalogId).toBe('kr-2026-02-15');
  });

  it.each([
    ['is not the one it is named by', 'a'.repeat(64), '[]', 'does not have the digest it is named by'],
    ['is no JSON', 'b'.repeat(64), '[', 'is no JSON'],
    ['has faults', digestOf([{}]), '[{}]', '[0].catalogId: must be a text'],
  ])('is refused when it %s', async (_, digest, text, part) => {
    await put(digest, text);
    await expect(read(digest)).rejects.toMatchObject({
      name: 'CatalogRefused',
      message: expect.stringContaining(part) as string,
    });
  });

  it('that could not be read is read again by the same process', async () => {
    const store = catalogStore(s3, 'catalogs');
    const digest = digestOf([]);
    await expect(store.read(digest)).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put(digest, '[]');
    expect((await store.read(digest)).in(MONTH).catalog).toBeNull();
  });
});
