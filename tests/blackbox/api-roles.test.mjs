// Who may what, written down here once more by hand: a route whose roles are wrong in the daemon's own table would be
// wrong in its document too, and api.test.mjs, which holds each route against the document, would not see it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chaski, Redis } from './lib/daemon.mjs';

const anybody = [], everybody = ['viewer', 'sender', 'editor', 'engineer', 'admin'];
const table = [
  [anybody, ['logIn']],
  [everybody, ['logOut', 'showMe', 'changeMyPassword', 'listTokens', 'createToken', 'revokeToken']],
  [['admin'], ['listUsers', 'createUser', 'showUser', 'changeUser', 'listAudit', 'eraseContact', 'mergeContacts']],
  [everybody, ['countAudience', 'listCatalogue', 'checkCatalogue', 'compareCatalogue', 'exportCatalogue',
    'listCatalogueVersions', 'showCatalogueEntry', 'listChannels', 'listContacts', 'showContact', 'showFact',
    'listTurns', 'listConsents', 'listRequests', 'listSegments', 'showSegment', 'listTickets', 'showTicket',
    'listTrainings', 'showTraining', 'listTrainingPeople', 'listBroadcasts', 'showBroadcast', 'listRecipients',
    'listOutbox', 'fetchMedia']],
  [['editor', 'admin'], ['createCatalogueEntry', 'importCatalogue', 'restoreCatalogue', 'replaceCatalogueEntry',
    'removeCatalogueEntry', 'importContacts']],
  [['engineer', 'admin'], ['rebuildAudience', 'testChannel', 'listWebhooks', 'createWebhook', 'showWebhook',
    'changeWebhook', 'deleteWebhook', 'rotateWebhookSecret', 'testWebhook', 'replayWebhook', 'listWebhookDeliveries',
    'replayWebhookDelivery']],
  [['sender', 'admin'], ['previewNotice', 'confirmBroadcast', 'undoBroadcast', 'pauseBroadcast', 'resumeBroadcast',
    'cancelBroadcast']],
  [['sender', 'editor', 'admin'], ['createBroadcast', 'changeBroadcast', 'previewBroadcast', 'testBroadcast',
    'correctFact', 'createRequest',
    'finishRequest', 'createSegment', 'changeSegment', 'deleteSegment', 'assignTicket', 'answerTicket',
    'closeTicket', 'createTraining', 'changeTraining', 'cancelTraining', 'markAttendance']],
  [['sender', 'engineer', 'admin'], ['resolveMessage']],
];
let redis, chaski, operations;

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  const { paths } = await (await fetch(`${chaski.url}/api/openapi.json`)).json();
  operations = Object.values(paths).flatMap((methods) => Object.entries(methods)
    .map(([method, operation]) => ({ method, ...operation })));
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('each operation is for the roles that are written here, and there is no other operation', () => {
  const told = Object.fromEntries(operations.map(({ operationId, security, 'x-roles': roles }) =>
    [operationId, security?.length === 0 ? anybody : [...roles].sort()]));
  const meant = Object.fromEntries(table.flatMap(([roles, ids]) => ids.map((id) => [id, [...roles].sort()])));
  assert.deepEqual(told, meant);
  assert.equal(table.flatMap(([, ids]) => ids).length, Object.keys(meant).length, 'one is written twice');
});

test('who may only look changes nothing but what is her own, and administrators may everything', () => {
  const own = ['logIn', 'logOut', 'changeMyPassword', 'createToken', 'revokeToken', 'countAudience'];
  for (const { method, operationId, 'x-roles': roles } of operations) {
    if (operationId === 'logIn') continue;
    assert.ok(roles.includes('admin'), operationId);
    if (method !== 'get' && !own.includes(operationId)) assert.ok(!roles.includes('viewer'), operationId);
  }
});
