// The providers, seen from Chaski: what they send to it (webhooks.mjs), and fakes of what it calls (fakes.mjs).
export * from './fakes.mjs';
export * from './webhooks.mjs';
