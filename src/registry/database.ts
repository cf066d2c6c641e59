/** The D1 handle. Rows never leave `registry`; D1 refuses transactions, so related writes go through `batch`. */
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import * as schema from './schema.ts';

export type Database = DrizzleD1Database<typeof schema> & { readonly $client: D1Database };

export const openDatabase = (d1: D1Database): Database => drizzle(d1, { schema });
