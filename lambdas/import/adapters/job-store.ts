/**
 * What an import under way leaves behind, as objects beside its files: the plan, what is known of each part, and the
 * refused records. Each is computed from the files alone, so whoever writes it again writes the same.
 */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { decode } from '../../platform/decode.ts';
import { checkedPart, jobPlan, writtenPart, type CheckedPart, type JobPlan, type WrittenPart } from '../domain/job.ts';
import type { Refusal } from '../domain/record.ts';

export interface JobStore {
  readonly readPlan: (jobId: string) => Promise<JobPlan | null>;
  readonly putPlan: (jobId: string, plan: JobPlan) => Promise<void>;
  readonly putChecked: (jobId: string, part: number, checked: CheckedPart) => Promise<void>;
  /** What is known of every part, in their order. Throws when one was not checked. */
  readonly readChecked: (jobId: string, partCount: number) => Promise<readonly CheckedPart[]>;
  readonly putWritten: (jobId: string, importId: string, part: number, written: WrittenPart) => Promise<void>;
  readonly readWritten: (jobId: string, importId: string, partCount: number) => Promise<readonly WrittenPart[]>;
  /** Lists refused records, a JSON object a problem, in an object of this name. No problem, no object. */
  readonly putRefused: (jobId: string, name: string, refusals: readonly Refusal[]) => Promise<void>;
  /** Where those objects lie, for a person. */
  readonly refusedPlace: (jobId: string) => string;
}

/** Objects read at once. */
const AT_ONCE = 32;

const digits = (part: number): string => String(part).padStart(5, '0');
const planKey = (jobId: string): string => `jobs/${jobId}/plan.json`;
const checkedKey = (jobId: string, part: number): string => `jobs/${jobId}/checked/${digits(part)}.json`;
const writtenKey = (jobId: string, importId: string, part: number): string =>
  `jobs/${jobId}/written/${importId}/${digits(part)}.json`;

export function jobStore(s3: S3Client, bucket: string): JobStore {
  const put = async (Key: string, Body: string, ContentType = 'application/json'): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
  };
  const read = async <S extends z.ZodType>(Key: string, schema: S): Promise<z.output<S> | null> => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return decode(schema, JSON.parse((await Body?.transformToString('utf-8')) ?? ''), Key);
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  };
  const readAll = async <S extends z.ZodType>(keyOf: (part: number) => string, partCount: number, schema: S) => {
    const found: z.output<S>[] = [];
    for (let first = 0; first < partCount; first += AT_ONCE) {
      const parts = Array.from({ length: Math.min(AT_ONCE, partCount - first) }, (_, index) => first + index);
      const objects = await Promise.all(parts.map((part) => read(keyOf(part), schema)));
      objects.forEach((object, index) => {
        if (object === null) throw new Error(`part ${first + index} has left no ${keyOf(first + index)}`);
        found.push(object);
      });
    }
    return found;
  };
  return {
    readPlan: (jobId) => read(planKey(jobId), jobPlan),
    putPlan: (jobId, plan) => put(planKey(jobId), JSON.stringify(plan)),
    putChecked: (jobId, part, checked) => put(checkedKey(jobId, part), JSON.stringify(checked)),
    readChecked: (jobId, partCount) => readAll((part) => checkedKey(jobId, part), partCount, checkedPart),
    putWritten: (jobId, importId, part, written) => put(writtenKey(jobId, importId, part), JSON.stringify(written)),
    readWritten: (jobId, importId, partCount) =>
      readAll((part) => writtenKey(jobId, importId, part), partCount, writtenPart),
    async putRefused(jobId, name, refusals) {
      if (refusals.length === 0) return;
      const lines = refusals.map((refusal) => `${JSON.stringify(refusal)}\n`);
      await put(`refused/${jobId}/${name}.jsonl`, lines.join(''), 'application/x-ndjson');
    },
    refusedPlace: (jobId) => `s3://${bucket}/refused/${jobId}/`,
  };
}
