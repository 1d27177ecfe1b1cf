/** Which version of the policy holds at an instant (dispatch rules §1). Pure. */
import { epochMs, type Instant } from '../../kernel/dates.ts';

/** A version's life, as far as this rule asks for it. */
export interface VersionLife {
  readonly version: number;
  readonly status: 'DRAFT' | 'ACTIVE' | 'RETIRED';
  readonly effectiveFrom: Instant;
}

/**
 * The activated version with the greatest `effectiveFrom` on or before the instant, of equals the later version;
 * undefined when there is none.
 */
export function inForceAt<T extends VersionLife>(versions: readonly T[], now: Instant): T | undefined {
  return versions
    .filter(({ status, effectiveFrom }) => status !== 'DRAFT' && epochMs(effectiveFrom) <= epochMs(now))
    .sort((a, b) => epochMs(a.effectiveFrom) - epochMs(b.effectiveFrom) || a.version - b.version)
    .at(-1);
}
