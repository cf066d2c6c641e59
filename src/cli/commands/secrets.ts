/** `guildhall secrets`: draws the three secrets of a deployment. They are printed once and kept nowhere. */
import { makeSecrets } from '../secrets.ts';
import { type Command, EXIT, readArgs } from './command.ts';

export const secrets: Command = {
  usage: `guildhall secrets

Prints new secrets for a deployment, one a line as NAME=value: the signing keys, the secret behind API keys, and the
operator's key. Give each to \`wrangler secret put NAME\`. To rotate a signing key, put the new one before the old one.`,
  run: async (args, at) => {
    readArgs(args, {});
    for (const [name, value] of Object.entries(makeSecrets())) at.out(`${name}=${value}\n`);
    return EXIT.ok;
  },
};
