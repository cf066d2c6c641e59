CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`position` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ledgers` (
	`name` text PRIMARY KEY NOT NULL,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `namespaces` (
	`namespace` text PRIMARY KEY NOT NULL,
	`owner_id` text,
	`evidence` text,
	`since` integer NOT NULL,
	`last_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `namespaces_by_owner` ON `namespaces` (`owner_id`);--> statement-breakpoint
ALTER TABLE `tenants` DROP COLUMN `last_seq`;