// SPDX-License-Identifier: Apache-2.0
// vda-5050-lib's MasterController over our robots: obeys the test, tells what the library tells it.
//
//   node master.js --broker URL --interface NAME --manufacturer NAME [--version exact]
//
// The library drops a message whose header does not say exactly "2.0.0". Unless `--version exact`,
// that one comparison is left out, and everything else the library checks is still checked.
"use strict";

const { MasterController, Topic } = require("vda-5050-lib");
const { obey, options, tell } = require("./lines.js");

const VERSION = "2.0.0";
const asked = options();

/** Says which messages the library would drop, and takes any 2.x.y for 2.0.0. */
class Master extends MasterController {
  validateTopicObject(topic, object, version) {
    const lax = asked.version !== "exact" && /^2\./.test(object.version);
    try {
      super.validateTopicObject(topic, lax ? { ...object, version } : object, version);
    } catch (error) {
      tell("invalid", { topic, robot: object.serialNumber, why: error.message });
      throw error;
    }
  }
}

const master = new Master(
  {
    interfaceName: asked.interface,
    transport: { brokerUrl: asked.broker },
    vdaVersion: VERSION,
  },
  { targetAgvs: { manufacturer: asked.manufacturer } },
);

function robotOf(serialNumber) {
  return { manufacturer: asked.manufacturer, serialNumber };
}

/** Everything the library tells of one order. */
function orderListener(robot) {
  const of = (context) => ({
    robot,
    orderId: context.order.orderId,
    orderUpdateId: context.order.orderUpdateId,
  });
  return {
    onOrderProcessed: (error, byCancelation, active, context) =>
      tell("orderProcessed", { ...of(context), error, byCancelation, active }),
    onNodeTraversed: (node, edge, next, context) =>
      tell("nodeTraversed", { ...of(context), nodeId: node.nodeId, sequenceId: node.sequenceId }),
    onEdgeTraversing: (edge, start, end, changes, count, context) =>
      tell("edgeTraversing", { ...of(context), edgeId: edge.edgeId, changes, count }),
    onEdgeTraversed: (edge, start, end, context) =>
      tell("edgeTraversed", { ...of(context), edgeId: edge.edgeId }),
    onActionStateChanged: (state, error, action, target, context) =>
      tell("actionState", { ...of(context), ...state, error }),
  };
}

function instantListener(robot) {
  return {
    onActionStateChanged: (state, error, action) =>
      tell("instantState", { robot, ...state, actionType: action.actionType, error }),
    onActionError: (error, action) =>
      tell("instantError", { robot, actionId: action.actionId, error }),
  };
}

async function begin() {
  await master.start();
  master.trackAgvs((robot, state) => tell("link", { robot: robot.serialNumber, state }));
  const all = { manufacturer: asked.manufacturer };
  for (const topic of [Topic.State, Topic.Factsheet, Topic.Visualization]) {
    await master.subscribe(topic, all, (object, robot) =>
      tell(topic, { robot: robot.serialNumber, message: object }),
    );
  }
  tell("ready", {});
}

obey(
  {
    order: ({ robot, order }) => master.assignOrder(robotOf(robot), order, orderListener(robot)),
    instant: ({ robot, actions }) =>
      master.initiateInstantActions(
        robotOf(robot),
        { instantActions: actions },
        instantListener(robot),
      ),
  },
  () => master.stop(),
);
begin();
