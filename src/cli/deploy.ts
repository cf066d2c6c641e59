/** `npm run deploy [-- <wrangler arguments>]`: the dashboard as it is now, and the Worker with it. */
import { buildDashboard } from './build.ts';
import { runTool } from './tools.ts';

await buildDashboard();
process.exitCode = (await runTool('deploy', process.argv.slice(2), true)).code;
