/** The files of a package on disk, each with its size and hash (WCP 4.4). */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isExcluded, type PackageFile, readPackage } from '../../core/registry/package-hash.ts';
import { UsageError } from './command.ts';

/** Links to files count as files. Links to folders are refused: some clients follow them and others do not. */
export const packageFiles = async (folder: string): Promise<readonly PackageFile[]> => {
  const files: PackageFile[] = [];
  for (const path of pathsIn(folder, '')) files.push({ path, ...(await hashed(join(folder, path))) });
  const read = readPackage(files);
  if (!read.ok) throw new UsageError(`${JSON.stringify(read.error.path)} cannot be part of a package`);
  return read.value;
};

function* pathsIn(folder: string, inner: string): Generator<string> {
  for (const name of namesIn(join(folder, inner))) {
    const path = inner === '' ? name : `${inner}/${name}`;
    if (isExcluded(path)) continue;
    const stat = statSync(join(folder, path), { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) yield* pathsIn(folder, path);
    else if (stat?.isFile() === true) yield path;
  }
}

/** Names as they are; one that is no UTF-8 has no text that could be hashed. */
const namesIn = (folder: string): string[] => {
  const listed = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
    } catch {
      throw new UsageError(`cannot read the folder ${folder}`);
    }
  })();
  return listed.map((entry) => {
    const name = entry.name.toString('utf8');
    if (!Buffer.from(name, 'utf8').equals(entry.name)) throw new UsageError(`a name in ${folder} is not UTF-8`);
    const target = entry.isSymbolicLink() ? statSync(join(folder, name), { throwIfNoEntry: false }) : undefined;
    if (target?.isDirectory() === true) throw new UsageError(`${join(folder, name)} is a link to a folder`);
    return name;
  });
};

const hashed = async (file: string): Promise<{ readonly size: number; readonly sha256: string }> => {
  const digest = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
      size += (chunk as Uint8Array).length;
      digest.update(chunk as Uint8Array);
    }
  } catch {
    throw new UsageError(`cannot read ${file}`);
  }
  return { size, sha256: digest.digest('hex') };
};
