/** A member of a published document whose content is the sender's own: any JSON object, checked to be nothing else. */
import { z } from 'zod';
import type { JsonObject } from './json.ts';

const MAX_DEPTH = 32;

const isJson = (value: unknown, depth = 0): boolean => {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
  return Object.values(value).every((member) => isJson(member, depth + 1));
};

export const AnyJsonObject = z
  .record(z.string(), z.unknown())
  .refine((value) => isJson(value), { error: 'expected a JSON object' })
  .transform((value) => value as JsonObject);
