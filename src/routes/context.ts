/** The application as routes see it: what every handler is given, and the contracts of all that is mounted. */
import { type Context, Hono } from 'hono';
import type { Deps } from '../services/deps.ts';
import type { AnyContract } from './contract.ts';

export interface AppEnv {
  readonly Bindings: Env;
  readonly Variables: {
    requestId: string;
    deps: Deps;
    pathTenant: string | null;
    words?: 'cap' | undefined;
    metadata?: string;
  };
}

export class App extends Hono<AppEnv> {
  readonly contracts: AnyContract[] = [];
}

export type Ctx = Context<AppEnv>;
