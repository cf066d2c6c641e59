/**
 * The catalog that this tenant has gone over to. It comes from D1 by a courier, is kept by hash like every content that
 * decisions name, and never goes back: an older courier that comes late changes nothing.
 */
import type { Actor } from '../core/caller.ts';
import type { CatalogView } from '../core/hall/snapshot.ts';
import { sha256Hex } from '../core/hash.ts';
import { refusal } from '../core/refusal.ts';
import type { CatalogEntity } from '../core/registry/catalog/entity.ts';
import { type Catalog, catalogOf, knownCatalog, STARTER_CATALOG } from '../core/registry/catalog/in-force.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

/** Its row among the documents in force; the `version` of that row is the revision. */
export const CATALOG = 'catalog';

export class TenantCatalog {
  readonly #ledger: Ledger<TenantMemo>;
  #catalog: Catalog = STARTER_CATALOG;
  /** 0: the starter catalog, with which every tenant begins. */
  revision = 0;
  view: CatalogView = viewOf(STARTER_CATALOG);

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const row = this.#ledger.sql
      .exec<{ version: string; hash: string }>('SELECT version, hash FROM in_force WHERE kind = ?', CATALOG)
      .toArray()[0];
    if (row === undefined) {
      this.#use(STARTER_CATALOG, 0);
      return;
    }
    const text = knownCatalog(row.hash) === null ? this.#ledger.contents.text(row.hash) : '';
    if (text === null) throw new Error('the catalog in force has no content');
    this.#use(catalogOf(row.hash, text), Number(row.version));
  }

  #use(catalog: Catalog, revision: number): void {
    this.#catalog = catalog;
    this.revision = revision;
    this.view = viewOf(catalog);
  }

  get hash(): string {
    return this.#catalog.hash;
  }

  lookup(id: string): CatalogEntity | null {
    return this.#catalog.byId.get(id) ?? null;
  }

  planAdopt(command: Command & { kind: 'catalog.adopt' }, actor: Actor): Plan<CommandReply> {
    const { revision, hash, text } = command;
    if (revision <= this.revision) {
      return { entries: [], reply: () => recorded({ revision: this.revision, hash: this.#catalog.hash }, null) };
    }
    if (sha256Hex(text) !== hash) return refused(refusal('internal_error'));
    const catalog = catalogOf(hash, text);
    return {
      entries: [
        act(
          'hall.catalog.adopted',
          actor,
          { version: catalog.version, hash, revision, entities: catalog.byId.size },
          { before: this.#catalog.hash, after: hash },
        ),
      ],
      apply: () => {
        this.#ledger.contents.keep(hash, text);
        this.#ledger.sql.exec(
          'INSERT OR REPLACE INTO in_force (kind, version, hash) VALUES (?, ?, ?)',
          CATALOG,
          String(revision),
          hash,
        );
        this.#use(catalog, revision);
      },
      reply: ([sealed]) => recorded({ revision, hash }, sealed),
    };
  }
}

const viewOf = ({ version, hash, byId }: Catalog): CatalogView => ({ version, hash, has: (id) => byId.has(id) });
