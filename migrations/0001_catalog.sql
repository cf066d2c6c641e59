CREATE TABLE `catalog_contents` (
	`hash` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `catalog_revisions` (
	`revision` integer PRIMARY KEY NOT NULL,
	`version` text NOT NULL,
	`document_hash` text NOT NULL,
	`entities` integer NOT NULL,
	`imported_at` integer NOT NULL,
	`in_force_version` text NOT NULL,
	`in_force_hash` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `catalog_revisions_document_hash_unique` ON `catalog_revisions` (`document_hash`);--> statement-breakpoint
ALTER TABLE `tenants` ADD `catalog_revision` integer DEFAULT 0 NOT NULL;