#!/usr/bin/env node
/** The `guildhall` command as npm links it: starts the real one, guildhall.ts, where the caller stands. */
import { runTypeScript } from './setup.mjs';

runTypeScript('guildhall', process.argv.slice(2), process.cwd());
