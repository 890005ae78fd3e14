// SPDX-License-Identifier: Apache-2.0
#include "tests/support/meta_program.h"

#include <stdalign.h>
#include <stddef.h>

static void drop_nothing(void* frame) {
    (void)frame;
}

static tmlrt_poll poll_get(void* frame, tmlrt_context* cx, void* out) {
    const get_args* args = meta_args(frame);
    (void)cx;
    args->self->users->calls++;
    *(uint64_t*)out = args->id * 2;
    return TMLRT_READY;
}

static tmlrt_poll poll_create(void* frame, tmlrt_context* cx, void* out) {
    const create_args* args = meta_args(frame);
    (void)cx;
    *(create_user_dto*)out = args->dto;
    return TMLRT_READY;
}

#define DESC(poll_, out_, name_)                                                                   \
    {.abi = TMLRT_ABI_MAJOR << 16,                                                                 \
     .poll = (poll_),                                                                              \
     .drop = drop_nothing,                                                                         \
     .frame_size = 16,                                                                             \
     .frame_align = 8,                                                                             \
     .out_size = sizeof(out_),                                                                     \
     .out_align = alignof(out_),                                                                   \
     .name = (name_),                                                                              \
     .num_states = 1}

static const tmlrt_future_desc s_get = DESC(poll_get, uint64_t, "UserController.get.thunk");
static const tmlrt_future_desc s_create =
    DESC(poll_create, create_user_dto, "UserController.create.thunk");
static const tmlrt_future_desc s_hook = DESC(poll_get, int32_t, "UserService.init.thunk");
static const char s_vtable[8] = "vtable";

static void init_types(meta_program* p) {
    p->t_u64 = (tmlrt_meta_type){.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};
    p->t_str = (tmlrt_meta_type){.size = 8, .align = 8, .kind = TMLRT_TYPE_STR};
    p->t_dto = (tmlrt_meta_type){&p->schema, sizeof(create_user_dto), 8, TMLRT_TYPE_STRUCT, 0};
    p->t_service = (tmlrt_meta_type){"UserService", 8, 8, TMLRT_TYPE_CLASS, 0};
    p->t_response = (tmlrt_meta_type){.size = 8, .align = 8, .kind = TMLRT_TYPE_RESPONSE};
    p->fields[0] = (tmlrt_meta_slot){.name = "name", .key = "name", .type = &p->t_str};
    p->fields[0].offset = offsetof(create_user_dto, name);
    p->fields[0].loc = META_LOC(31);
    p->fields[1] = (tmlrt_meta_slot){.name = "age", .key = "age", .type = &p->t_u64};
    p->fields[1].offset = offsetof(create_user_dto, age);
    p->fields[1].loc = META_LOC(32);
    p->schema = (tmlrt_meta_schema){.name = "CreateUserDto", .fields = META_TABLE(p->fields)};
    p->schema.size = sizeof(create_user_dto);
    p->schema.align = 8;
    p->schema.loc = META_LOC(30);
}

static void init_classes(meta_program* p) {
    p->prefix = (tmlrt_meta_value){.kind = TMLRT_VALUE_STR, .len = 10, .p = "/api/users"};
    p->controller = (tmlrt_meta_deco){"Controller", META_ONE(p->prefix), META_LOC(2)};
    p->inject = (tmlrt_meta_slot){.name = "users", .key = "UserService", .type = &p->t_service};
    p->inject.offset = offsetof(user_controller, users);
    p->inject.loc = META_LOC(4);
    p->classes[META_CONTROLLER] = (tmlrt_meta_class){
        .name = "UserController",
        .vtable = s_vtable,
        .injects = META_ONE(p->inject),
        .decos = META_ONE(p->controller),
        .size = sizeof(user_controller),
        .align = 8,
        .loc = META_LOC(3),
    };
    p->classes[META_SERVICE] = (tmlrt_meta_class){
        .name = "UserService",
        .vtable = s_vtable,
        .size = sizeof(user_service),
        .align = 8,
        .loc = META_LOC(20),
    };
}

static void init_routes(meta_program* p) {
    p->id = (tmlrt_meta_slot){.name = "id", .key = "id", .type = &p->t_u64};
    p->id.offset = offsetof(get_args, id);
    p->id.where = TMLRT_WHERE_PATH;
    p->id.loc = META_LOC(6);
    p->body = (tmlrt_meta_slot){.name = "dto", .key = "dto", .type = &p->t_dto};
    p->body.offset = offsetof(create_args, dto);
    p->body.where = TMLRT_WHERE_BODY;
    p->body.loc = META_LOC(10);
    p->routes[META_GET] = (tmlrt_meta_route){
        .cls = "UserController",
        .name = "get",
        .method = "GET",
        .path = "/:id",
        .thunk = &s_get,
        .ret = &p->t_u64,
        .params = META_ONE(p->id),
        .args_size = sizeof(get_args),
        .args_align = 8,
        .loc = META_LOC(6),
    };
    p->routes[META_CREATE] = (tmlrt_meta_route){
        .cls = "UserController",
        .name = "create",
        .method = "POST",
        .path = "",
        .thunk = &s_create,
        .ret = &p->t_dto,
        .params = META_ONE(p->body),
        .args_size = sizeof(create_args),
        .args_align = 8,
        .loc = META_LOC(10),
    };
}

static void init_unit(meta_program* p) {
    p->provider = (tmlrt_meta_provider){.token = "Users", .target = "UserService"};
    p->provider.how = TMLRT_PROVIDE_ALIAS;
    p->provider.loc = META_LOC(40);
    p->example = (tmlrt_meta_example){.cls = "UserController",
                                      .name = "get",
                                      .title = "one",
                                      .request = "GET /api/users/7",
                                      .response = "14",
                                      .status = 200,
                                      .loc = META_LOC(7)};
    p->hook = (tmlrt_meta_hook){"UserService", &s_hook, TMLRT_HOOK_INIT, 0, META_LOC(22)};
    p->module = (tmlrt_meta_module){.name = "AppModule", .loc = META_LOC(50)};
    p->unit = (tmlrt_meta_unit){.magic = TMLRT_META_MAGIC, .major = TMLRT_META_MAJOR};
    p->unit.name = "users";
    p->unit.runtime = &tmlrt_abi_v1;
    p->files[0] = "users.tml";
    p->files[1] = "other.tml";
    p->unit.files = META_TABLE(p->files);
    p->unit.kind[TMLRT_KIND_CLASS] = META_TABLE(p->classes);
    p->unit.kind[TMLRT_KIND_ROUTE] = META_TABLE(p->routes);
    p->unit.kind[TMLRT_KIND_SCHEMA] = META_ONE(p->schema);
    p->unit.kind[TMLRT_KIND_EXAMPLE] = META_ONE(p->example);
}

void meta_program_init(meta_program* p) {
    *p = (meta_program){0};
    init_types(p);
    init_classes(p);
    init_routes(p);
    init_unit(p);
    p->units[1] = &p->unit;
    p->image = (tmlrt_image){TMLRT_ABI_MAJOR << 16, sizeof(tmlrt_image), p->units, p->units + 4, 0};
}
