/** `guildhall package-hash`: the hash of a worker's package, or whether it is the one that was attested. */
import { packageHash as hashOf, PATH_ORDERS, packageOrder } from '../../core/registry/package-hash.ts';
import { type Command, EXIT, json, readArgs, UsageError } from './command.ts';
import { packageFiles } from './package-files.ts';
import { bad, count, good, headline, type Row, rows } from './paint.ts';

const OPTIONS = { expect: { type: 'string' }, json: { type: 'boolean' } } as const;

export const packageHash: Command = {
  usage: `guildhall package-hash <folder> [--expect HASH] [--json]

Prints the hash of a package: all files but .git, __pycache__, *.pyc, .DS_Store, manifest.json, manifest.sig, manifest.tmp.

  --expect HASH  say whether this is the package with that hash, in any of the three published orders of paths; exit
                 code 1 if not
  --json         the files, and the hash in each order`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const [folder] = positionals;
    if (folder === undefined) throw new UsageError('which package? Give its folder');
    const files = await packageFiles(folder);
    const order = values.expect === undefined ? undefined : packageOrder(files, values.expect);
    const exit = order === null ? EXIT.failed : EXIT.ok;
    if (values.json === true) {
      const hashes = Object.fromEntries(PATH_ORDERS.map((name) => [name, hashOf(files, name)]));
      at.out(json({ hash: hashOf(files), hashes, files, ...(order === undefined ? {} : { matches: order }) }));
    } else if (order === undefined) at.out(`${hashOf(files)}\n`);
    else {
      const list: Row[] = [
        ['Files', count(files.length, 'file')],
        ...(order === null ? [] : [['Order', order] as const]),
      ];
      at.out(headline(order === null ? bad('✗') : good('✓'), `${order === null ? 'another package' : 'that package'}`));
      at.out(rows(list));
    }
    return exit;
  },
};
