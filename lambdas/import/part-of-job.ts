import type { JobStore } from './adapters/job-store.ts';
import { InvalidImportInput } from './domain/faults.ts';
import { partCountOf, plannedPart, type PlannedPart } from './domain/job.ts';

/** A part as its job's plan has it. What a payload names and no plan has is refused. */
export async function partOfJob(
  jobs: JobStore,
  jobId: string,
  number: number,
): Promise<PlannedPart & { partCount: number }> {
  const plan = await jobs.readPlan(jobId);
  const part = plan && plannedPart(plan, number);
  if (!plan || !part)
    throw new InvalidImportInput(plan ? `Job ${jobId} has no part ${number}.` : `Job ${jobId} was never opened.`);
  return { ...part, partCount: partCountOf(plan) };
}
